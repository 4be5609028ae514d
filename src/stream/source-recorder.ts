import { findDevice } from "../devices/registry.js";
import { BioxError } from "../errors.js";
import { type CreateFile, MOST_WAITING_BYTES } from "./append-file.js";
import { now } from "./feed.js";
import { SampleCsv } from "./formats/sample-csv.js";
import { streamPaths } from "./formats/stream-path.js";
import type { SourceOptions } from "./open-source.js";
import { LONGEST_MARKER_NAME, type MarkerBy, type RecordingHeader } from "./recording-format.js";
import { RecordingWriter } from "./recording-writer.js";
import type { Source } from "./source.js";
import type { SourceEvents } from "./source-events.js";
import { parseSource } from "./source-uri.js";

/** Files of one source: its recording, and its decoded samples where they are wanted. */
export interface RecorderPaths {
  /** Recording to write. */
  recording: string;
  /** CSV to write beside it; of several streams each gets one, with its name in the file's. */
  samples?: string | undefined;
  /** What the recording is written to; a plain file by default. Samples are plain text in any case. */
  createFile?: CreateFile | undefined;
}

/**
 * Writes what a source sends, while others use it: its bytes, its events as markers, what is found about its clocks.
 *
 * Hand `options` to `openSource`, and `begin` the source that it returns: there are files only once there is something to record.
 */
export class SourceRecorder {
  /** For `openSource`; what comes before `begin` waits. */
  readonly options: Required<Pick<SourceOptions, "onChunk" | "onSource">>;
  private writer: RecordingWriter | undefined;
  private early: ((writer: RecordingWriter) => void)[] | undefined = [];
  private beginning: Promise<void> | undefined;
  private readonly tables = new Map<string, SampleCsv>();
  private readonly ends = new Map<string, { samples: number; period: number }>();
  private readonly header: Omit<RecordingHeader, "started">;
  private started: number | undefined;
  /** Files that take no more, in the order in which that was found. */
  private readonly failures: BioxError[] = [];
  private readonly deafen: (() => void)[] = [];
  private readonly made: string[] = [];
  /** Why nothing is recorded, where the files could not even be made in time. */
  private gaveUp: BioxError | undefined;
  /** Bytes that came before there were files. */
  private waiting = 0;

  /**
   * @param onError told of each file that cannot be written any more, once; the others go on
   * @throws BioxError SOURCE_INVALID where the source has no bytes of a link
   */
  constructor(
    uri: string,
    private readonly paths: RecorderPaths,
    private readonly onError: (error: BioxError) => void = () => {},
  ) {
    this.header = linkHeader(uri);
    this.options = {
      onChunk: (bytes, arrival) => {
        this.started ??= arrival;
        if (this.early && !this.mayWait(bytes.length)) return;
        const own = this.early ? bytes.slice() : bytes;
        this.note((writer) => writer.write(own, arrival));
      },
      onSource: (source) => this.listen(source),
    };
  }

  /** Bytes of the wire, and markers, that are in the recording so far. */
  get bytes(): number {
    return this.writer?.bytes ?? 0;
  }
  /** What has been made so far: the recording, and a CSV for each stream. */
  get files(): readonly string[] {
    return this.made;
  }
  get markers(): number {
    return this.writer?.markers ?? 0;
  }

  /** @throws BioxError FILE_UNWRITABLE when a file exists already or cannot be made */
  begin(source: Source): Promise<void> {
    this.beginning = this.createFiles(source).catch((cause) => {
      this.early = undefined;
      throw cause;
    });
    return this.beginning;
  }

  /**
   * Notes that something happened, under a name of 1 to 200 characters.
   *
   * @param at when, epoch ms by the clock of arrivals; now unless given
   */
  mark(name: string, by: MarkerBy, at = Math.round(now())): void {
    this.note((writer) => writer.mark({ at, name: name.slice(0, LONGEST_MARKER_NAME) || "event", by }));
  }

  /** @throws BioxError FILE_UNWRITABLE when something could not be written; what stands before that can be read */
  async close(): Promise<void> {
    for (const stop of this.deafen.splice(0)) stop();
    if (this.gaveUp) throw this.gaveUp;
    await this.beginning?.catch(() => {});
    this.early = undefined;
    const files = [...this.tables].map(([name, table]) => {
      const end = this.ends.get(name);
      return table.close(end?.samples, end?.period);
    });
    const closed = await Promise.allSettled([this.writer?.close(), ...files]);
    const failed = closed.find((result) => result.status === "rejected");
    if (failed) throw this.failures[0] ?? failed.reason;
  }

  private async createFiles(source: Source): Promise<void> {
    const started = this.started ?? now();
    const onError = ({ code, message, cause }: BioxError): void =>
      this.tell(
        new BioxError(code, message, "What it holds can be read; make room before the next recording.", { cause }),
      );
    const { recording, samples, createFile } = this.paths;
    const writer = await RecordingWriter.create(recording, { ...this.header, started }, onError, createFile);
    this.writer = writer;
    this.made.push(recording);
    if (samples !== undefined) {
      const paths = streamPaths(samples, source.streams);
      for (const [i, { name, channels }] of source.streams.entries()) {
        const names = channels.map((channel) => channel.name);
        this.tables.set(name, await SampleCsv.create(paths[i]!, names, onError));
        this.made.push(paths[i]!);
      }
    }
    const { early } = this;
    this.early = undefined;
    for (const write of early ?? []) write(writer);
  }

  private listen(source: Source): void {
    const on = <K extends keyof SourceEvents>(name: K, listener: (...args: SourceEvents[K]) => void): void => {
      source.on(name, listener as never);
      this.deafen.push(() => source.off(name, listener as never));
    };
    on("device", ({ name, at }) => this.mark(name, "device", at));
    on("clock", (report) => this.note((writer) => writer.clock(report)));
    if (this.paths.samples === undefined) return;
    on("samples", (event) => this.note(() => void this.tables.get(event.stream)?.push(event)));
    on("gap", ({ stream, at, samples }) => {
      const { rate } = source.clocks.find((clock) => clock.stream === stream)!;
      this.ends.set(stream, { samples: at + samples, period: 1000 / rate });
    });
  }

  /** Whether so many bytes more may wait for files whose disk has not answered yet; if not, nothing is recorded any more. */
  private mayWait(bytes: number): boolean {
    this.waiting += bytes;
    if (this.waiting <= MOST_WAITING_BYTES) return true;
    this.early = undefined;
    this.gaveUp = new BioxError(
      "FILE_UNWRITABLE",
      `File '${this.paths.recording}' cannot be written: its disk does not answer.`,
      "Choose another path.",
    );
    this.tell(this.gaveUp);
    return false;
  }

  private tell(error: BioxError): void {
    this.failures.push(error);
    this.onError(error);
  }

  private note(write: (writer: RecordingWriter) => void): void {
    if (this.early) this.early.push(write);
    else if (this.writer && !this.gaveUp) write(this.writer);
  }
}

/** What a recording says of the link itself. */
function linkHeader(uri: string): Omit<RecordingHeader, "started"> {
  const spec = parseSource(uri);
  if (spec.kind === "replay")
    throw new BioxError("SOURCE_INVALID", "A replay has no bytes of a link to record.", "Record from serial: or sim:.");
  const device = findDevice(spec.kind === "serial" ? spec.device : "biox");
  const link = spec.kind === "serial" ? spec : { path: uri, baud: undefined, options: {} };
  return { device: device.id, options: link.options, baud: link.baud ?? device.serial.baud, port: link.path };
}
