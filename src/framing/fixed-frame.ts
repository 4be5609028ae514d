import { emptyFramerStats, type FramerStats } from "./types.js";

/** What some bytes are: a whole frame, no frame by their form or values, or one whose check sum is wrong. */
export type Fit = "frame" | "form" | "sum";

/** A format whose frames all have the same length, and what tells one from noise. */
export interface FixedFormat {
  readonly bytes: number;
  /** How many frames must fit one after another before any of them is believed, 1 or more; see {@link FixedFramer}. */
  readonly lock: number;
  /** Judges `bytes` bytes from `at`. */
  fit(bytes: Uint8Array, at: number): Fit;
  /** Whether one frame that fits is enough where it begins with the very first byte of the link. Left out: never. */
  trustsFirst?(bytes: Uint8Array, at: number): boolean;
  /** Whether the frame at `at` may come right after the one at `previous`. Left out: always. */
  follows?(bytes: Uint8Array, previous: number, at: number): boolean;
}

/**
 * Gets a frame: the array and where in it the frame begins, valid only during the call, and how many bytes before it
 * belonged to no frame.
 */
export type OnFixedFrame = (bytes: Uint8Array, at: number, skipped: number) => void;

const ROOM_BYTES = 4096;

/**
 * Framer for formats with frames of one length and a weak check or none.
 *
 * Two states. Locked, each next frame must fit and follow the one before it. Where one does not, the lock is lost, and the
 * search goes on byte by byte from the second byte of what did not fit, until `lock` frames in a row fit; these are then
 * delivered, too. So nothing is skipped that could be a frame, and noise must imitate `lock` frames to be believed.
 *
 * A run of skipped bytes counts as one error, however long it is: the kind is that of its first byte.
 */
export class FixedFramer {
  readonly stats: FramerStats;
  readonly #format: FixedFormat;
  readonly #bytes: Uint8Array;
  /** The next frame is looked for here. */
  #start = 0;
  #end = 0;
  /** Where the last frame delivered begins, -1 without one or after an error. */
  #previous = -1;
  #locked = false;
  #untouched = true;
  #skipped = 0;
  #inError = false;

  constructor(format: FixedFormat, stats: FramerStats = emptyFramerStats()) {
    this.#format = format;
    this.stats = stats;
    this.#bytes = new Uint8Array(ROOM_BYTES + (format.lock + 2) * format.bytes);
  }

  push(chunk: Uint8Array, onFrame: OnFixedFrame): void {
    this.stats.bytes += chunk.length;
    for (let from = 0; from < chunk.length; ) {
      this.#makeRoom();
      const count = Math.min(chunk.length - from, this.#bytes.length - this.#end);
      this.#bytes.set(from === 0 && count === chunk.length ? chunk : chunk.subarray(from, from + count), this.#end);
      this.#end += count;
      from += count;
      this.#scan(onFrame);
    }
  }

  /** To be called from the callback when frames that fit do not make sense: the search goes on after the next byte. */
  unlock(): void {
    this.#locked = false;
    this.#untouched = false;
    this.#previous = -1;
    this.#noteError("form");
    this.#start++;
    this.#skipped++;
  }

  reset(): void {
    this.#start = this.#end = this.#skipped = 0;
    this.#previous = -1;
    this.#locked = this.#inError = false;
    this.#untouched = true;
    Object.assign(this.stats, emptyFramerStats());
  }

  /** Moves what is still needed, at most the last frame and the ones of a lock, to the front. */
  #makeRoom(): void {
    const keep = this.#previous >= 0 ? this.#previous : this.#start;
    if (keep < ROOM_BYTES && this.#end < this.#bytes.length) return;
    this.#bytes.copyWithin(0, keep, this.#end);
    this.#start -= keep;
    this.#end -= keep;
    if (this.#previous >= 0) this.#previous -= keep;
  }

  #scan(onFrame: OnFixedFrame): void {
    const { bytes: length } = this.#format;
    while (this.#end - this.#start >= length) {
      if (this.#locked) {
        if (this.#fits(this.#previous, this.#start) === "frame") this.#deliver(onFrame);
        else this.#locked = false;
        continue;
      }
      const fit = this.#tryLock();
      if (fit === undefined) return;
      if (fit === "frame") {
        this.#locked = true;
        this.#previous = -1;
      } else {
        this.#noteError(fit);
        this.#untouched = false;
        this.#previous = -1;
        this.#start++;
        this.#skipped++;
      }
    }
  }

  /** Whether enough frames stand in a row; undefined where too few bytes are there to say. */
  #tryLock(): Fit | undefined {
    const { bytes: length, lock } = this.#format;
    for (let i = 0; i < lock; i++) {
      const at = this.#start + i * length;
      if (at + length > this.#end) return undefined;
      const fit = this.#fits(i === 0 ? -1 : at - length, at);
      if (fit !== "frame") return i === 0 ? fit : "form";
      if (this.#untouched && this.#format.trustsFirst?.(this.#bytes, at)) return "frame";
    }
    return "frame";
  }

  #fits(previous: number, at: number): Fit {
    const fit = this.#format.fit(this.#bytes, at);
    if (fit !== "frame" || previous < 0 || this.#format.follows === undefined) return fit;
    return this.#format.follows(this.#bytes, previous, at) ? "frame" : "form";
  }

  #deliver(onFrame: OnFixedFrame): void {
    const skipped = this.#skipped;
    this.#previous = this.#start;
    this.#start += this.#format.bytes;
    this.#skipped = 0;
    this.stats.frames++;
    if (this.#inError) this.stats.resyncs++;
    this.#inError = false;
    onFrame(this.#bytes, this.#previous, skipped);
  }

  #noteError(fit: Fit): void {
    if (this.#inError) return;
    this.#inError = true;
    if (fit === "sum") this.stats.crcErrors++;
    else this.stats.framingErrors++;
  }
}
