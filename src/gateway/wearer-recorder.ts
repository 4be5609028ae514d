import { join } from "node:path";
import { BioxError } from "../errors.js";
import { makeFolder, unwritable } from "../paths.js";
import { MARKER_BY, type MarkerBy } from "../stream/recording-format.js";
import type { Source } from "../stream/source.js";
import { type RecorderPaths, SourceRecorder } from "../stream/source-recorder.js";
import type { WearerSettings } from "./config/settings.js";
import type { Recorder } from "./keeper.js";
import type { Log } from "./log.js";

/** A new file is begun after so long, ms: what is kept for some days is deleted file by file. */
const FILE_MS = 3_600_000;
/** After a file could not be written another one is begun, ms: a disk may be full for a moment. Each further time after twice as long. */
const RETRY_MS = 60_000;

export interface RecordingOptions {
  /** Folder with one of each wearer's. */
  readonly folder: string;
  /** Ending of the files, and what they are written to where that is no plain file. */
  readonly ending?: string;
  readonly paths?: Omit<RecorderPaths, "recording" | "samples">;
  /** ms in a file; an hour unless given. */
  readonly fileMs?: number;
  /** ms until another file is begun after one could not be written, which doubles up to `fileMs`; a minute unless given. */
  readonly retryMs?: number;
}

/** Records a wearer's link into files of an hour each, `FOLDER/WEARER/WEARER-2026-01-31T13-00-00.000Z.bioxrec`. */
export class WearerRecorder implements Recorder {
  readonly options: Recorder["options"];
  #path: string | undefined;
  #current: SourceRecorder;
  #timer: NodeJS.Timeout | undefined;
  /** Of a source whose recording may begin in its middle. */
  #source: Source | undefined;
  #retry: NodeJS.Timeout | undefined;
  #retryMs: number;
  #closing = false;
  /** Those of which it was said. */
  readonly #failed = new WeakSet<SourceRecorder>();
  /** Files that are being closed while the next one is written. */
  #ending: Promise<void> = Promise.resolve();

  constructor(
    private readonly wearer: WearerSettings,
    private readonly uri: string,
    private readonly recording: RecordingOptions,
    private readonly log: Log,
  ) {
    this.#retryMs = recording.retryMs ?? RETRY_MS;
    this.#current = this.#next();
    this.options = {
      onChunk: (bytes, arrival) => this.#current.options.onChunk(bytes, arrival),
      onSource: (source) => this.#current.options.onSource(source),
    };
  }

  get path(): string | undefined {
    return this.#path;
  }

  begin(source: Source): void {
    void this.#start(source);
    if (source.recordable === "once") return;
    this.#source = source;
    if (this.#failed.has(this.#current)) this.#again();
    this.#timer = setInterval(() => this.#rotate(source), this.#fileMs);
  }

  mark(name: string, by: string, at: number): void {
    this.#current.mark(name, MARKER_BY.find((known) => known === by) ?? ("http" satisfies MarkerBy), at);
  }

  async close(): Promise<void> {
    this.#closing = true;
    clearInterval(this.#timer);
    clearTimeout(this.#retry);
    await Promise.all([this.#ending, this.#end(this.#current)]);
    this.#path = undefined;
  }

  #rotate(source: Source): void {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    const before = this.#current;
    this.#current = this.#next();
    this.#current.options.onSource(source);
    void this.#start(source);
    // What was written before this is in the old file, what comes from now on in the new one.
    source.describe();
    this.#ending = this.#ending.then(() => this.#end(before));
  }

  async #start(source: Source): Promise<void> {
    const recorder = this.#current;
    try {
      await makeFolder(this.#folder).catch((cause) => {
        throw unwritable(this.#folder, cause);
      });
      await recorder.begin(source);
      if (this.#current === recorder && !this.#closing) this.#path = recorder.files[0];
    } catch (cause) {
      this.#complain(recorder, cause);
    }
  }

  async #end(recorder: SourceRecorder): Promise<void> {
    const path = recorder.files[0];
    try {
      await recorder.close();
      if (path !== undefined)
        this.log.info({ wearer: this.wearer.id, path, bytes: recorder.bytes }, "recording is closed");
      if (!this.#failed.has(recorder)) this.#retryMs = this.recording.retryMs ?? RETRY_MS;
    } catch (cause) {
      this.#complain(recorder, cause);
    }
  }

  get #fileMs(): number {
    return this.recording.fileMs ?? FILE_MS;
  }

  get #folder(): string {
    return join(this.recording.folder, this.wearer.id);
  }

  #next(): SourceRecorder {
    const started = new Date().toISOString().replaceAll(":", "-");
    const { ending = ".bioxrec", paths } = this.recording;
    const recording = join(this.#folder, `${this.wearer.id}-${started}${ending}`);
    const recorder: SourceRecorder = new SourceRecorder(this.uri, { ...paths, recording }, (error) =>
      this.#complain(recorder, error),
    );
    return recorder;
  }

  /** Says once of a file that it cannot be written, and sees to another one. */
  #complain(recorder: SourceRecorder, cause: unknown): void {
    if (this.#failed.has(recorder)) return;
    this.#failed.add(recorder);
    const reason = cause instanceof BioxError ? cause.message : String(cause);
    this.log.error({ wearer: this.wearer.id, reason }, "recording has failed; the wearer goes on");
    if (recorder !== this.#current) return;
    this.#path = undefined;
    this.#again();
  }

  #again(): void {
    const source = this.#source;
    if (!source || this.#closing) return;
    this.#retry ??= setTimeout(() => this.#rotate(source), this.#retryMs);
    this.#retryMs = Math.min(2 * this.#retryMs, this.#fileMs);
  }
}

/** For a gateway: has its wearers recorded into a folder. */
export function recordInto(recording: RecordingOptions, log: Log) {
  return (wearer: WearerSettings, uri: string): Recorder => new WearerRecorder(wearer, uri, recording, log);
}
