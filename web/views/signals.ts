import type { WearerStatus } from "../../src/gateway/types.js";
import type { AnswerMessage } from "../../src/sinks/sink.js";
import { Waveform } from "../charts/waveform.js";
import { h, put, setAttribute, setText } from "../lib/dom.js";
import { KEPT_S, type Model } from "../model.js";
import { choice } from "./choice.js";

/** Channels of a stream that are drawn before one asks for all of them. */
const MOST_CHANNELS = 4;
const HEIGHT = 84;
/** Least ms between two drawings: thirty a second are smooth, and leave the machine to the models. */
const FRAME_MS = 32;
/** A source whose time differs from the gateway's by more plays a recording of another day. */
const OTHER_TIME_MS = 10_000;
/** Samples arrive so much after they were taken at most, so that the right edge is seldom empty. */
const BEHIND_MS = 150;

type Stream = WearerStatus["streams"][number];

/** The newest seconds of all streams. */
export class Signals {
  private readonly span = choice(
    "Show",
    [
      ["5 s", 5],
      ["10 s", 10],
      ["30 s", 30],
      ["60 s", KEPT_S],
    ],
    10,
    () => {},
  );
  private readonly pause = h(
    "button",
    { type: "button", "aria-pressed": "false", click: () => this.hold() },
    "Hold ",
    h("kbd", {}, "P"),
  );
  private readonly charts = h("div", { class: "waves" });
  private readonly empty = h("p", { class: "soft" }, "Waiting for the first samples …");
  readonly element = h(
    "section",
    { class: "card", "aria-label": "Signals" },
    h(
      "div",
      { class: "heading" },
      h("h2", {}, "Signals"),
      h(
        "ul",
        { class: "legend" },
        h("li", { class: "is-window" }, "window of the newest answer"),
        h("li", { class: "is-lost" }, "lost"),
        h("li", { class: "is-marker" }, "marker"),
      ),
      this.span.element,
      this.pause,
    ),
    this.empty,
    this.charts,
  );
  private waves: { stream: number; channel: number; wave: Waveform; element: HTMLElement }[] = [];
  private streams: readonly Stream[] = [];
  private shown = "";
  private all = false;
  private window: readonly [number, number] | undefined;
  private heldAt: number | undefined;
  private shift: number | undefined;
  private drawnAt = 0;

  constructor(private readonly model: Model) {}

  update({ streams }: Pick<WearerStatus, "streams">, latest: AnswerMessage | undefined): void {
    this.window = latest?.t;
    this.streams = streams;
    const shown = JSON.stringify([this.all, streams.map(({ id, channels }) => [id, channels.map(({ name }) => name)])]);
    if (shown !== this.shown) this.arrange(shown);
  }

  /** Holds the picture, or lets it go on. */
  hold(): void {
    this.heldAt = this.heldAt === undefined ? this.edge() : undefined;
    setAttribute(this.pause, "aria-pressed", String(this.heldAt !== undefined));
    setText(this.pause.firstChild!, this.heldAt === undefined ? "Hold " : "Go on ");
  }

  frame(): void {
    const now = performance.now();
    if (now - this.drawnAt < FRAME_MS || document.hidden) return;
    this.drawnAt = now;
    this.empty.hidden = this.model.rings.size > 0;
    const to = this.heldAt ?? this.edge();
    const from = to - this.span.value() * 1000;
    const { markers } = this.model.history;
    for (const { stream, channel, wave, element } of this.waves) {
      const ring = this.model.rings.get(stream);
      if (ring && channel < ring.channels && isOnScreen(element))
        wave.draw(ring, from, to, { window: this.window, markers });
    }
  }

  destroy(): void {
    for (const { wave } of this.waves) wave.destroy();
    this.waves = [];
  }

  /** Time at the right edge: now, so that silence shows; or that of the source, where it lives in another. */
  private edge(): number {
    const now = this.model.now() - BEHIND_MS;
    const newest = Math.max(...[...this.model.rings.values()].map((ring) => ring.newest ?? Number.NEGATIVE_INFINITY));
    if (Number.isFinite(newest)) this.shift ??= Math.abs(newest - now) > OTHER_TIME_MS ? newest - now : 0;
    return now + (this.shift ?? 0);
  }

  private arrange(shown: string): void {
    this.shown = shown;
    this.destroy();
    put(this.charts);
    const last = this.streams.at(-1);
    for (const stream of this.streams) {
      const channels = this.all ? stream.channels : stream.channels.slice(0, MOST_CHANNELS);
      this.charts.append(h("h3", {}, stream.name, h("span", { class: "soft" }, ` ${+stream.rate.toFixed(2)} Hz`)));
      for (const [channel, { name, unit }] of channels.entries()) {
        const plot = h("div", { class: "plot", role: "img", "aria-label": `Waveform of ${name}` });
        this.charts.append(
          h(
            "div",
            { class: "wave" },
            h("span", { class: "channel" }, name, unit && h("span", { class: "soft" }, ` ${unit}`)),
            plot,
          ),
        );
        const wave = new Waveform(plot, channel, HEIGHT, stream === last && channel === channels.length - 1);
        this.waves.push({ stream: stream.id, channel, wave, element: plot });
      }
      if (channels.length < stream.channels.length)
        this.charts.append(
          h(
            "button",
            { type: "button", class: "more", click: () => this.showAll() },
            `Show all ${stream.channels.length} channels`,
          ),
        );
    }
  }

  private showAll(): void {
    this.all = true;
    this.update({ streams: this.streams }, undefined);
  }
}

function isOnScreen(element: HTMLElement): boolean {
  const { top, bottom } = element.getBoundingClientRect();
  return bottom > 0 && top < innerHeight;
}
