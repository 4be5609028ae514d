import type { Bundle } from "../../bundle/index.js";
import type { Engine } from "../../engine/engine.js";
import type { Prediction } from "../../engine/types.js";
import { selectChannels } from "../../stream/channels.js";
import type { LinkState } from "../../stream/feed.js";
import type { Source } from "../../stream/source.js";
import type { SampleEvent } from "../../stream/source-events.js";
import { InPlace, type Terminal } from "./in-place.js";
import { render, type ViewState } from "./render.js";
import { Trace } from "./trace.js";

export type { Terminal } from "./in-place.js";

const FRAME_MS = 100;
/** Signal seconds in the drawn waveform. */
const WAVE_S = 6;
const NOTICES: Readonly<Record<LinkState, string | undefined>> = {
  open: undefined,
  silent: "No samples come; check the cable, the power of the device and its baud rate.",
  reconnecting: "The port is gone; waiting for it to come back.",
  closed: undefined,
};

/** Redraws the state of a run in place, ten times a second, until it is closed. */
export class LiveView {
  private readonly started = performance.now();
  private readonly place: InPlace;
  private readonly trace: Trace;
  private readonly channel: string;
  private readonly offset: number;
  private readonly stream: string;
  private readonly rate: number;
  private readonly timer: NodeJS.Timeout;
  private prediction: Prediction | undefined;
  private notice: string | undefined;
  private complaint: string | undefined;
  private lastSample = performance.now();
  private seen = 0;

  constructor(
    private readonly terminal: Terminal,
    private readonly bundle: Bundle,
    private readonly engine: Engine,
    private readonly source: Source,
    private readonly hop: number,
    private readonly color = terminal.hasColors?.() ?? true,
  ) {
    const { stream, channels } = selectChannels(source.streams, bundle.manifest.new.channels, source.chosenChannels);
    this.place = new InPlace(terminal);
    this.offset = channels[0]!.channel;
    this.channel = stream.channels[this.offset]!.name;
    this.stream = stream.name;
    this.rate = stream.rate;
    this.trace = new Trace(Math.round(WAVE_S * stream.rate));
    source.on("samples", this.onSamples).on("link", this.onLink);
    engine.on("prediction", this.onPrediction).on("unpredicted", this.onUnpredicted).on("note", this.onNote);
    terminal.write("\x1b[?25l");
    this.timer = setInterval(() => this.draw(), FRAME_MS);
  }

  /** Shows a line of news until the next. */
  notify(news: string): void {
    this.notice = news;
  }

  /** Shows what has gone wrong until the end, whenever there is no news. */
  complain(complaint: string): void {
    this.complaint = complaint;
  }

  /** The user has ended a line at the keyboard: the next drawing takes its place. */
  lineTyped(): void {
    this.place.lineTyped();
  }

  /** Draws a last time and gives the terminal back. */
  close(): void {
    clearInterval(this.timer);
    this.source.off("samples", this.onSamples).off("link", this.onLink);
    this.engine.off("prediction", this.onPrediction).off("unpredicted", this.onUnpredicted).off("note", this.onNote);
    this.draw();
    this.terminal.write("\x1b[?25h");
  }

  private readonly onSamples = ({ stream, values, count, channels, index }: SampleEvent): void => {
    if (stream !== this.stream) return;
    this.lastSample = performance.now();
    this.seen = index + count;
    this.trace.push(values, count, channels.length, this.offset, index);
  };
  private readonly onPrediction = (prediction: Prediction, source: Source): void => {
    if (source !== this.source) return;
    this.prediction = prediction;
    this.notice = undefined;
  };
  private readonly onUnpredicted = ({ reason }: { reason: string }, source: Source): void => {
    if (source !== this.source) return;
    this.prediction = undefined;
    this.notice = `No answer: ${reason}.`;
  };
  private readonly onLink = ({ state }: { state: LinkState }): void => {
    this.notice = NOTICES[state];
  };
  private readonly onNote = (note: string, source: Source): void => {
    if (source === this.source) this.notice = note;
  };

  private draw(): void {
    const { manifest } = this.bundle;
    const summary = this.engine.summary(this.source);
    if (!summary) return;
    const state: ViewState = {
      bundle: manifest.name,
      task: manifest.task,
      labels: manifest.labels,
      device: [this.source.device, this.source.firmware].filter(Boolean).join(" "),
      rate: this.rate,
      window: { seconds: manifest.window.seconds, hop: this.hop },
      channel: this.channel,
      seen: this.seen,
      elapsed: (performance.now() - this.started) / 1000,
      silent: (performance.now() - this.lastSample) / 1000,
      summary,
      prediction: this.prediction,
      notice: this.notice ?? this.complaint,
      wave: this.trace.latest(),
    };
    this.place.draw(render(state, this.place.columns, this.color));
  }
}
