import type { WearerStatus } from "../../src/gateway/types.js";
import type { AnswerMessage } from "../../src/sinks/sink.js";
import { Figure } from "../charts/figure.js";
import { Waveform } from "../charts/waveform.js";
import { h, put, setAttribute, setText } from "../lib/dom.js";
import { KEPT_S, type Model } from "../model.js";
import { choice } from "./choice.js";

/** Channels of a stream that are drawn before one asks for all of them. */
const MOST_CHANNELS = 4;
const HEIGHT = 84;
/** Least ms between two drawings: every second picture of most screens is smooth, and leaves the machine to the models. */
const FRAME_MS = 28;
/** And for who has asked the system for less motion. */
const STILL_MS = 1000;
/** A source whose time differs from the gateway's by more plays a recording of another day. */
const OTHER_TIME_MS = 10_000;
/** Samples arrive so much after they were taken at most, so that the right edge is seldom empty. */
const BEHIND_MS = 150;

const lessMotion = window.matchMedia("(prefers-reduced-motion: reduce)");

type Stream = WearerStatus["streams"][number];

/** One channel on the page. */
interface Drawn {
  readonly stream: number;
  readonly channel: number;
  readonly name: string;
  readonly unit: string;
  readonly wave: Waveform;
  readonly figure: Figure;
}

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
  private readonly empty = h("p", { class: "soft" });
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
  private waves: Drawn[] = [];
  /** Charts that are on the screen, or nearly; the others are not drawn. */
  private readonly onScreen = new Set<Element>();
  private readonly watcher = new IntersectionObserver(
    (changes) => {
      for (const { target, isIntersecting } of changes)
        if (isIntersecting) this.onScreen.add(target);
        else this.onScreen.delete(target);
    },
    { rootMargin: `${HEIGHT}px` },
  );
  private streams: readonly Stream[] = [];
  private shown = "";
  private all = false;
  private window: readonly [number, number] | undefined;
  private heldAt: number | undefined;
  private shift: number | undefined;
  private drawnAt = 0;

  constructor(private readonly model: Model) {}

  update({ streams, state }: Pick<WearerStatus, "streams" | "state">, latest: AnswerMessage | undefined): void {
    this.window = latest?.t;
    setText(
      this.empty,
      state === "open"
        ? "Waiting for the first samples …"
        : "Nothing comes at the moment. Signals appear here when the link is live again.",
    );
    this.streams = streams;
    this.show();
    for (const { name, unit, wave, figure } of this.waves)
      figure.describe(`The last ${this.span.value()} s of ${name}: ${wave.describe(unit)}.`);
  }

  /** Charts of the channels that there are, made anew where they are others. */
  private show(): void {
    const { streams } = this;
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
    if (now - this.drawnAt < (lessMotion.matches ? STILL_MS : FRAME_MS)) return;
    this.drawnAt = now;
    const isEmpty = this.model.rings.size === 0;
    this.empty.hidden = !isEmpty;
    this.charts.hidden = isEmpty;
    const to = this.heldAt ?? this.edge();
    const from = to - this.span.value() * 1000;
    const { markers } = this.model.history;
    for (const { stream, channel, wave, figure } of this.waves) {
      const ring = this.model.rings.get(stream);
      if (ring && channel < ring.channels && this.onScreen.has(figure.plot))
        wave.draw(ring, from, to, { window: this.window, markers });
    }
  }

  destroy(): void {
    for (const { wave } of this.waves) wave.destroy();
    this.waves = [];
    this.watcher.disconnect();
    this.onScreen.clear();
  }

  /**
   * Time at the right edge: now, so that silence shows; when the gateway was heard last, where it is gone; or that of the source, where it
   * lives in another.
   */
  private edge(): number {
    const now = this.model.heardUntil() - BEHIND_MS;
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
        const figure = new Figure(`Waveform of ${name}`);
        const title = h("span", { class: "channel" }, name, unit && h("span", { class: "soft" }, ` ${unit}`));
        this.charts.append(h("div", { class: "wave" }, title, figure.element));
        const wave = new Waveform(figure.plot, channel, HEIGHT, stream === last && channel === channels.length - 1);
        this.waves.push({ stream: stream.id, channel, name, unit, wave, figure });
        this.watcher.observe(figure.plot);
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
    this.show();
  }
}
