import type { Bundle } from "../../bundle/index.js";
import type { Engine } from "../../engine/engine.js";
import type { Prediction } from "../../engine/types.js";
import type { Source } from "../../stream/source.js";
import type { SampleEvent } from "../../stream/source-events.js";
import { InPlace, type Terminal } from "./in-place.js";
import { renderSources, type SourceState } from "./render-sources.js";

const FRAME_MS = 100;

interface Watched extends Pick<SourceState, "state" | "prediction" | "notice"> {
  source?: Source;
  lastSample: number;
}

/** Redraws the states of several runs of one engine in place, a line each, ten times a second, until it is closed. */
export class SourcesView {
  private readonly started = performance.now();
  private readonly place: InPlace;
  private readonly watched: Map<string, Watched>;
  private readonly timer: NodeJS.Timeout;

  /** @param uris of all sources, all different; a source is watched once {@link add} has been told of it */
  constructor(
    private readonly terminal: Terminal,
    private readonly bundle: Bundle,
    private readonly engine: Engine,
    uris: readonly string[],
    private readonly color = terminal.hasColors?.() ?? true,
  ) {
    this.place = new InPlace(terminal);
    const lastSample = performance.now();
    this.watched = new Map(
      uris.map((uri) => [uri, { state: "opening", prediction: undefined, notice: undefined, lastSample }]),
    );
    engine.on("prediction", this.onPrediction).on("unpredicted", this.onUnpredicted);
    terminal.write("\x1b[?25l");
    this.timer = setInterval(() => this.draw(), FRAME_MS);
  }

  /** The source has answered. */
  add(source: Source): void {
    const watched = this.watched.get(source.uri)!;
    watched.source = source;
    watched.state = "open";
    source.on("samples", (_: SampleEvent) => {
      watched.lastSample = performance.now();
    });
    source.on("link", ({ state }) => {
      // Silence shows in the time since the last sample.
      watched.state = state === "closed" ? "ended" : state === "silent" ? "open" : state;
    });
  }

  /** The source has come to its end, or has failed with this message. */
  end(uri: string, failure?: string): void {
    const watched = this.watched.get(uri)!;
    watched.state = failure === undefined ? "ended" : "failed";
    watched.notice = failure;
  }

  /** The user has ended a line at the keyboard: the next drawing takes its place. */
  lineTyped(): void {
    this.place.lineTyped();
  }

  /** Draws a last time and gives the terminal back. */
  close(): void {
    clearInterval(this.timer);
    this.engine.off("prediction", this.onPrediction).off("unpredicted", this.onUnpredicted);
    this.draw();
    this.terminal.write("\x1b[?25h");
  }

  private readonly onPrediction = (prediction: Prediction, { uri }: Source): void => {
    const watched = this.watched.get(uri)!;
    watched.prediction = prediction;
    watched.notice = undefined;
  };
  private readonly onUnpredicted = ({ reason }: { reason: string }, { uri }: Source): void => {
    const watched = this.watched.get(uri)!;
    watched.prediction = undefined;
    watched.notice = reason;
  };

  private draw(): void {
    const { manifest } = this.bundle;
    const now = performance.now();
    const sources = [...this.watched].map(([uri, { source, lastSample, ...known }]): SourceState => {
      const summary = source && this.engine.summary(source);
      return { uri, ...known, silent: (now - lastSample) / 1000, summary };
    });
    const state = {
      bundle: manifest.name,
      task: manifest.task,
      labels: manifest.labels,
      engines: this.engine.info.engines,
      elapsed: (now - this.started) / 1000,
      sources,
    };
    this.place.draw(renderSources(state, this.place.columns, this.color));
  }
}
