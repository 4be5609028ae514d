import { findDevice } from "../devices/registry.js";
import { BioxError } from "../errors.js";
import { SampleCsv } from "./formats/sample-csv.js";
import { streamPaths } from "./formats/stream-path.js";
import { LONGEST_MARKER_NAME, type MarkerBy, type RecordingHeader } from "./recording-format.js";
import { RecordingWriter } from "./recording-writer.js";
import type { Source, SourceOptions } from "./source.js";
import { parseSource } from "./source-uri.js";

/** Files of one source: its recording, and its decoded samples where they are wanted. */
export interface RecorderPaths {
  /** Recording to write. */
  recording: string;
  /** CSV to write beside it; of several streams each gets one, with its name in the file's. */
  samples?: string | undefined;
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
  private told = false;

  /**
   * @param onError told once, when a file cannot be written any more; the other file goes on
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
        const own = this.writer ? bytes : bytes.slice();
        this.note((writer) => writer.write(own, arrival));
      },
      onSource: (source) => this.listen(source),
    };
  }

  /** Bytes of the wire, and markers, that are in the recording so far. */
  get bytes(): number {
    return this.writer?.bytes ?? 0;
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

  /** Notes that something happened now, under a name of 1 to 200 characters. */
  mark(name: string, by: MarkerBy): void {
    const at = Date.now();
    this.note((writer) => writer.mark({ at, name: name.slice(0, LONGEST_MARKER_NAME) || "event", by }));
  }

  /** @throws BioxError FILE_UNWRITABLE when something could not be written; what stands before that can be read */
  async close(): Promise<void> {
    await this.beginning?.catch(() => {});
    this.early = undefined;
    const files = [...this.tables].map(([name, table]) => {
      const end = this.ends.get(name);
      return table.close(end?.samples, end?.period);
    });
    const closed = await Promise.allSettled([this.writer?.close(), ...files]);
    const failed = closed.find((result) => result.status === "rejected");
    if (failed) throw failed.reason;
  }

  private async createFiles(source: Source): Promise<void> {
    const started = this.started ?? Date.now();
    const onError = (error: BioxError): void => {
      if (!this.told) this.onError(error);
      this.told = true;
    };
    const { recording, samples } = this.paths;
    const writer = await RecordingWriter.create(recording, { ...this.header, started }, onError);
    this.writer = writer;
    if (samples !== undefined) {
      const paths = streamPaths(samples, source.streams);
      for (const [i, { name, channels }] of source.streams.entries()) {
        const names = channels.map((channel) => channel.name);
        this.tables.set(name, await SampleCsv.create(paths[i]!, names, onError));
      }
    }
    const { early } = this;
    this.early = undefined;
    for (const write of early!) write(writer);
  }

  private listen(source: Source): void {
    source.on("device", ({ name }) => this.mark(name, "device"));
    source.on("clock", (report) => this.note((writer) => writer.clock(report)));
    if (this.paths.samples === undefined) return;
    source.on("samples", (event) => this.note(() => void this.tables.get(event.stream)?.push(event)));
    source.on("gap", ({ stream, at, samples }) => {
      const { rate } = source.clocks.find((clock) => clock.stream === stream)!;
      this.ends.set(stream, { samples: at + samples, period: 1000 / rate });
    });
  }

  private note(write: (writer: RecordingWriter) => void): void {
    if (this.early) this.early.push(write);
    else if (this.writer) write(this.writer);
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
