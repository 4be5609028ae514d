import { packMap } from "../devices/biox/messagepack.js";
import { type BioxError, invalidArgument } from "../errors.js";
import { AppendFile, type CreateFile, type GrowingFile } from "./append-file.js";
import {
  encodeRecord,
  LONGEST_MARKER_NAME,
  MAGIC,
  MARKER_BY,
  type Marker,
  type RecordingHeader,
  RecordKind,
} from "./recording-format.js";
import type { TimingReport } from "./timing.js";

/**
 * Appends to a new recording, and notices at once when the disk takes no more. A crash of the process loses what the last few
 * milliseconds brought, a power failure at most the last second or so.
 */
export class RecordingWriter {
  /** Bytes of the wire that are in the file so far. */
  bytes = 0;
  /** Markers that are in the file so far. */
  markers = 0;

  private constructor(
    private readonly file: GrowingFile,
    private arrival: number,
  ) {}

  /**
   * @param onError told once, as soon as something cannot be written (a full disk); from then on nothing more is
   * @param createFile what it is written to: a plain file, or one that encrypts
   * @throws BioxError FILE_UNWRITABLE when the file exists already or cannot be made: a recording is never overwritten
   */
  static async create(
    path: string,
    header: RecordingHeader,
    onError: (error: BioxError) => void = () => {},
    createFile: CreateFile = AppendFile.create,
  ): Promise<RecordingWriter> {
    const description = packMap({ ...header });
    const length = Buffer.alloc(4);
    length.writeUInt32LE(description.length);
    const file = await createFile(path, Buffer.concat([MAGIC, length, description]), onError);
    return new RecordingWriter(file, header.started);
  }

  /** @param arrival epoch ms, never less than the one before */
  write(bytes: Uint8Array, arrival: number): void {
    this.arrival = arrival;
    this.file.append(encodeRecord(RecordKind.bytes, arrival, bytes), () => {
      this.bytes += bytes.length;
    });
  }

  /**
   * Notes a moment, between the bytes that came before and after this call.
   *
   * @throws BioxError INVALID_ARGUMENT
   */
  mark({ at, name, by }: Marker): void {
    if (!(Number.isFinite(at) && at > 0)) throw invalidArgument("at of a marker", "a time in epoch milliseconds", at);
    if (typeof name !== "string" || name === "" || name.length > LONGEST_MARKER_NAME)
      throw invalidArgument("name of a marker", `a text of 1 to ${LONGEST_MARKER_NAME} characters`, name);
    if (!MARKER_BY.includes(by)) throw invalidArgument("by of a marker", `one of ${MARKER_BY.join(", ")}`, by);
    this.file.append(encodeRecord(RecordKind.marker, this.arrival, packMap({ at, name, by })), () => {
      this.markers++;
    });
  }

  /** Notes what was found about a stream's clock. A replay finds the same; this is for whoever reads the file without decoding it. */
  clock(report: TimingReport & { stream: string }): void {
    this.file.append(encodeRecord(RecordKind.clock, this.arrival, packMap({ ...report })));
  }

  /** @throws BioxError FILE_UNWRITABLE when something could not be written; all whole records before it can be replayed */
  close(): Promise<void> {
    return this.file.close();
  }
}
