import { cobsDecodeInto, cobsMaxLength } from "./cobs.js";
import { crc32 } from "./crc32.js";
import { CRC_BYTES, FRAME_MAX_BYTES, FRAME_VERSION, FrameKind, HEADER_BYTES, readU32 } from "./frame.js";
import { emptyFramerStats, type Framer, type FramerStats } from "./types.js";
import { PrefixViews } from "./views.js";

const SHORTEST = HEADER_BYTES + CRC_BYTES;
/** Two frames with a damaged delimiter between them: what `salvage` can still tell apart. */
const BLOCK_MAX_BYTES = 2 * cobsMaxLength(FRAME_MAX_BYTES) + 1;

/**
 * Framer of the biox frame. It delivers header and payload, without the CRC, of every frame whose CRC fits.
 *
 * One wrong byte on the wire costs at most the frame it is in. That holds for a wrong delimiter too, although it joins
 * two frames to one block that fits no CRC: the stuffing of the first is intact, so its end is found again.
 */
export class CobsFramer implements Framer {
  readonly stats: FramerStats;
  readonly #block = new Uint8Array(BLOCK_MAX_BYTES);
  /** Bytes since the last delimiter; one more than fits means that the block was too long. */
  #length = 0;
  #inError = false;
  readonly #frame = new Uint8Array(FRAME_MAX_BYTES);
  readonly #views = new PrefixViews(this.#frame);

  /** `stats` lets a caller that counts more keep all counters in one object. */
  constructor(stats: FramerStats = emptyFramerStats()) {
    this.stats = stats;
  }

  push(chunk: Uint8Array, onFrame: (frame: Uint8Array) => void): void {
    this.stats.bytes += chunk.length;
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i]!;
      if (byte !== 0) {
        if (this.#length < BLOCK_MAX_BYTES) this.#block[this.#length++] = byte;
        else this.#overflow();
        continue;
      }
      const length = this.#length;
      // Before the callback, so that a callback that throws leaves the framer at the begin of a block.
      this.#length = 0;
      if (length > 0 && length <= BLOCK_MAX_BYTES) this.#takeBlock(length, onFrame);
    }
  }

  reset(): void {
    this.#length = 0;
    this.#inError = false;
    Object.assign(this.stats, emptyFramerStats());
  }

  /** Counted at once: the end of a block that never ends would not come. */
  #overflow(): void {
    if (this.#length > BLOCK_MAX_BYTES) return;
    this.#length = BLOCK_MAX_BYTES + 1;
    this.stats.oversize++;
    this.#inError = true;
  }

  #takeBlock(end: number, onFrame: (frame: Uint8Array) => void): void {
    let start = 0;
    while (start < end) {
      const decoded = cobsDecodeInto(this.#block, start, end, this.#frame);
      if (decoded >= SHORTEST && crcFits(this.#frame, decoded)) {
        this.#deliver(decoded, onFrame);
        return;
      }
      if (decoded >= SHORTEST) this.stats.crcErrors++;
      else this.stats.framingErrors++;
      this.#inError = true;
      const boundary = this.#salvage(start, end, onFrame);
      if (boundary < 0) return;
      start = boundary + 1; // the byte that should have been the delimiter
    }
  }

  /**
   * Walks the stuffing of a block that does not fit as a whole. At the end of each run it asks whether all bytes so
   * far are a frame with its CRC. If so that frame is delivered and the place of its lost delimiter returned, else -1.
   */
  #salvage(start: number, end: number, onFrame: (frame: Uint8Array) => void): number {
    const block = this.#block;
    const frame = this.#frame;
    let written = 0;
    let summed = 0; // how many bytes `crc` covers
    let crc = 0;
    for (let read = start; read < end; ) {
      const code = block[read]!;
      const next = read + code;
      if (next > end || written + code - 1 > FRAME_MAX_BYTES) return -1;
      for (let i = read + 1; i < next; i++) frame[written++] = block[i]!;
      // So many tries weaken a 32-bit sum, hence the look at version and kind as well.
      if (written >= SHORTEST && headerFits(frame)) {
        crc = crc32(frame, summed, written - CRC_BYTES, crc);
        summed = written - CRC_BYTES;
        if (crc === readU32(frame, summed)) {
          this.#deliver(written, onFrame);
          return next;
        }
      }
      if (code < 255) {
        if (written === FRAME_MAX_BYTES) return -1;
        frame[written++] = 0;
      }
      read = next;
    }
    return -1;
  }

  #deliver(decoded: number, onFrame: (frame: Uint8Array) => void): void {
    this.stats.frames++;
    if (this.#inError) this.stats.resyncs++;
    this.#inError = false;
    onFrame(this.#views.prefix(decoded - CRC_BYTES));
  }
}

function crcFits(frame: Uint8Array, length: number): boolean {
  return crc32(frame, 0, length - CRC_BYTES) === readU32(frame, length - CRC_BYTES);
}

function headerFits(frame: Uint8Array): boolean {
  return frame[0]! >> 4 === FRAME_VERSION && (frame[0]! & 15) <= FrameKind.reply;
}
