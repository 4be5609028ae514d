import {
  type Bundle,
  type Engine,
  LiveView,
  type Prediction,
  type Source,
  SourcesView,
  type Summary,
} from "../index.js";
import { warn } from "./fail.js";
import { printJson } from "./options.js";

/** What a run shows of its sources, as they come and go. */
export interface RunOutput {
  opened(source: Source): void;
  predicted(prediction: Prediction): void;
  /** Somebody has marked a moment, epoch ms. */
  marked(name: string, at: number): void;
  /** Something beside the predictions has failed, and they go on; it is on stderr, too. */
  troubled(uri: string, message: string): void;
  /** @param failure the message, where that is why it ended; `summary` is there where it ran */
  ended(uri: string, summary: Summary | undefined, failure: string | undefined): void;
  /** All have ended. */
  close(): void;
}

/** NDJSON: one event a line. */
export class Events implements RunOutput {
  constructor(
    private readonly bundle: Bundle,
    private readonly engine: Engine,
    private readonly hop: number,
  ) {
    engine.on("unpredicted", (event) => printJson(event));
    engine.on("note", (note, { uri }) => printJson({ type: "note", source: uri, note }));
  }

  opened(source: Source): void {
    const { uri, device, firmware, streams } = source;
    const { bundle, engine, hop } = this;
    printJson({
      type: "start",
      bundle: bundle.manifest.name,
      source: uri,
      device,
      firmware,
      streams,
      hop,
      engine: engine.info,
    });
    source.on("gap", (gap) => printJson({ type: "gap", source: uri, ...gap }));
    source.on("link", (link) => printJson({ type: "link", source: uri, ...link }));
    source.on("clock", (clock) => printJson({ type: "clock", source: uri, ...clock }));
    source.on("warning", ({ message }) => {
      warn(message);
      printJson({ type: "warning", source: uri, message });
    });
    source.on("device", (event) => printJson({ type: "event", source: uri, ...event }));
  }

  predicted(prediction: Prediction): void {
    printJson(prediction);
  }

  marked(name: string, at: number): void {
    printJson({ type: "marker", at, name, by: "keyboard" });
  }

  troubled(uri: string, message: string): void {
    printJson({ type: "warning", source: uri, message });
  }

  ended(_: string, summary: Summary | undefined): void {
    if (summary) printJson(summary);
  }

  close(): void {}
}

/** The terminal view of one source, or of several. */
export class Views implements RunOutput {
  private view: LiveView | undefined;
  private readonly several: SourcesView | undefined;
  private readonly endings: string[] = [];
  /** They wait for the end: beside a view they would be overdrawn. */
  private readonly warnings: string[] = [];

  constructor(
    private readonly bundle: Bundle,
    private readonly engine: Engine,
    private readonly hop: number,
    uris: readonly string[],
  ) {
    process.once("exit", () => process.stdout.write("\x1b[?25h"));
    if (uris.length > 1) this.several = new SourcesView(process.stdout, bundle, engine, uris);
  }

  opened(source: Source): void {
    if (this.several) this.several.add(source);
    else this.view = new LiveView(process.stdout, this.bundle, this.engine, source, this.hop);
    source.on("warning", ({ message }) => this.warnings.push(message));
  }

  predicted(): void {}

  marked(name: string): void {
    const drawn = this.view ?? this.several;
    if (process.stdin.isTTY) drawn?.lineTyped();
    this.view?.notify(`Marked: ${name}`);
  }

  troubled(_: string, message: string): void {
    this.view?.complain(message);
  }

  ended(uri: string, summary: Summary | undefined, failure: string | undefined): void {
    this.several?.end(uri, failure);
    if (!summary) return;
    const { predictions, skippedHops, unpredicted, samples, lost } = summary;
    this.endings.push(
      `${this.several ? `${uri} ended` : "Ended"}: ${predictions} predictions, ${skippedHops} hops skipped, ${unpredicted} windows without an answer, ${samples} samples, ${lost} lost.\n`,
    );
  }

  close(): void {
    this.view?.close();
    this.several?.close();
    for (const message of this.warnings) warn(message);
    if (this.endings.length > 0) process.stdout.write(`\n${this.endings.join("")}`);
  }
}
