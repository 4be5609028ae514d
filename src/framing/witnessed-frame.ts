import { emptyFramerStats, type Framer, type FramerStats } from "./types.js";

/** What is known of a format whose frames all have one length. Offsets point at the first byte of a frame in `bytes`. */
export interface WitnessedFrameRule {
  /** Bytes of a frame, 2 or more. */
  length: number;
  /** Frames carry a check sum: damage counts as `crcErrors`, else as `framingErrors`. */
  checked: boolean;
  /** Whether an intact frame needs no witness where it begins with the very first byte of the link. */
  trustsFirst: boolean;
  /** Whether a frame may begin with this byte: keeps text between frames from being held back as a frame begun. */
  startsWith(byte: number): boolean;
  /** Whether start, end and check sum of the frame at `at` fit. */
  isIntact(bytes: Uint8Array, at: number): boolean;
  /** Whether the frame at `at` is the very next after the one at `last`, so that it needs no other witness. */
  isNext(bytes: Uint8Array, last: number, at: number): boolean;
  /**
   * Whether the frame at `witness`, which stands right behind the one at `at`, bears it out: its counter goes on from there.
   * `last` is the frame delivered before them, -1 when there is none.
   */
  isBorneOut(bytes: Uint8Array, last: number, at: number, witness: number): boolean;
}

/** Frames that fit in the buffer behind the last one delivered: the candidate, its witness, and room to go on without moving bytes. */
const ROOM_FRAMES = 32;

/**
 * Framer of formats with frames of one length and weak marks: a start byte, an end byte, a counter, at most a short sum.
 *
 * A frame is delivered when it is the next one by its counter, or when the frame behind it bears it out; formats may let the
 * very first bytes of a link count as well. So neither a
 * start byte amid the values nor a damaged counter is ever taken for a frame, and a frame lost on the radio costs no
 * other. After damage it looks for a frame from the byte behind the failed start byte.
 */
export class WitnessedFramer implements Framer {
  readonly stats: FramerStats;
  readonly #rule: WitnessedFrameRule;
  /** The last frame delivered, then bytes not yet dealt with. */
  readonly #bytes: Uint8Array;
  readonly #frame: Uint8Array;
  #read: number;
  #end: number;
  #hasLast = false;
  /** Nothing has been delivered or skipped yet. */
  #untouched = true;
  #skipped = 0;
  readonly #onSkipped: ((byte: number) => void) | undefined;

  /** `onSkipped` is given each byte that belongs to no frame, in order. */
  constructor(
    rule: WitnessedFrameRule,
    stats: FramerStats = emptyFramerStats(),
    onSkipped: ((byte: number) => void) | undefined = undefined,
  ) {
    this.stats = stats;
    this.#rule = rule;
    this.#onSkipped = onSkipped;
    this.#bytes = new Uint8Array((ROOM_FRAMES + 1) * rule.length);
    this.#frame = this.#bytes.subarray(0, rule.length);
    this.#read = this.#end = rule.length;
  }

  push(chunk: Uint8Array, onFrame: (frame: Uint8Array) => void): void {
    this.stats.bytes += chunk.length;
    for (let from = 0; from < chunk.length; ) {
      if (this.#end === this.#bytes.length) this.#makeRoom();
      const count = Math.min(chunk.length - from, this.#bytes.length - this.#end);
      for (let i = 0; i < count; i++) this.#bytes[this.#end + i] = chunk[from + i]!;
      this.#end += count;
      from += count;
      this.#takeFrames(onFrame);
    }
  }

  reset(): void {
    this.#read = this.#end = this.#rule.length;
    this.#hasLast = false;
    this.#untouched = true;
    this.#skipped = 0;
    Object.assign(this.stats, emptyFramerStats());
  }

  /** Never more than a candidate and most of its witness are left, so this always frees room. */
  #makeRoom(): void {
    const { length } = this.#rule;
    this.#bytes.copyWithin(length, this.#read, this.#end);
    this.#end -= this.#read - length;
    this.#read = length;
  }

  #takeFrames(onFrame: (frame: Uint8Array) => void): void {
    const rule = this.#rule;
    const bytes = this.#bytes;
    while (this.#read < this.#end) {
      const at = this.#read;
      if (!rule.startsWith(bytes[at]!)) {
        this.#skip();
        continue;
      }
      if (this.#end - at < rule.length) return;
      if (!rule.isIntact(bytes, at)) {
        this.#skip();
        continue;
      }
      const isTrusted = this.#hasLast ? rule.isNext(bytes, 0, at) : this.#untouched && rule.trustsFirst;
      if (!isTrusted) {
        const witness = at + rule.length;
        const last = this.#hasLast ? 0 : -1;
        // The witness may be refused by its first byte alone.
        if (witness < this.#end && !rule.startsWith(bytes[witness]!)) {
          this.#skip();
          continue;
        }
        if (this.#end - witness < rule.length) return;
        if (!rule.isIntact(bytes, witness) || !rule.isBorneOut(bytes, last, at, witness)) {
          this.#skip();
          continue;
        }
      }
      this.#deliver(at, onFrame);
    }
  }

  #skip(): void {
    const byte = this.#bytes[this.#read++]!;
    this.#skipped++;
    this.#untouched = false;
    this.#onSkipped?.(byte);
  }

  #deliver(at: number, onFrame: (frame: Uint8Array) => void): void {
    const { length } = this.#rule;
    this.#bytes.copyWithin(0, at, at + length);
    this.#read = at + length;
    if (this.#skipped > 0 && this.#hasLast) {
      if (this.#rule.checked) this.stats.crcErrors++;
      else this.stats.framingErrors++;
      this.stats.resyncs++;
    }
    this.#hasLast = true;
    this.#untouched = false;
    this.#skipped = 0;
    this.stats.frames++;
    onFrame(this.#frame);
  }
}
