import { emptyFramerStats, type FramerStats } from "./types.js";

/** Results of a match: the form or the values are not those of a frame; all is well but the check sum. */
export const NO_FRAME = -1;
export const WRONG_SUM = -2;

/** What tells the frames of a format without an escape from noise. Offsets point at the first byte of a frame in `bytes`. */
export interface FrameRule {
  /** Bytes of the longest frame. */
  readonly longest: number;
  /**
   * How many frames must stand in a row before any of them is believed where none was expected, 1 or more. More than 1 is for
   * formats with a weak check or none, whose start byte may stand amid the values.
   */
  readonly lock: number;
  /**
   * Looks for a frame at `at`, of bytes that end before `end`: its length, 0 when more bytes are needed to tell, otherwise
   * {@link NO_FRAME} or {@link WRONG_SUM}. It must be able to tell once it has seen as many bytes as the longest frame has.
   */
  match(bytes: Uint8Array, at: number, end: number): number;
  /** Whether the frame at `at`, at the very begin of a link, or right behind others there, makes a lock without more. Left out: never. */
  trustsFirst?(bytes: Uint8Array, at: number): boolean;
  /**
   * Whether the frame at `at` bears out the one at `previous`, which stands right before it. `last` is the frame delivered before
   * both, -1 without one. Left out: always.
   */
  follows?(bytes: Uint8Array, previous: number, at: number, last: number): boolean;
  /**
   * Whether the frame at `at` is the one expected after `last`, the last one delivered, so that it is believed by itself. Left
   * out: where no byte was skipped between them and it follows.
   */
  isNext?(bytes: Uint8Array, last: number, at: number): boolean;
}

/**
 * Gets a frame: the array and where in it the frame begins, valid only during the call, its length, and how many bytes before
 * it belonged to no frame.
 */
export type OnFrameAt = (bytes: Uint8Array, at: number, length: number, skipped: number) => void;

const ROOM_BYTES = 4096;

/**
 * Framer of formats without an escape: start bytes may occur within a frame.
 *
 * A frame is delivered when it is the one expected after the last, or when enough frames stand in a row with it; these are
 * then delivered, too. Where none begins it goes on at the next byte, never behind a whole frame: so nothing is skipped that
 * could be a frame, and damage costs no intact frame behind it.
 *
 * A run of skipped bytes counts as one error, however long it is: the kind is that of its first byte.
 */
export class SlidingFramer {
  readonly #rule: FrameRule;
  /** Room for the last frame delivered, then bytes. */
  readonly #bytes: Uint8Array;
  readonly #onSkipped: ((byte: number) => boolean) | undefined;
  /** Where the last frame delivered begins, -1 without one. */
  #last = -1;
  /** The next frame is looked for here. */
  #start: number;
  #end: number;
  #untouched = true;
  #skipped = 0;
  /** The run of skipped bytes has been counted as an error. */
  #noted = false;
  /** Match of the first byte skipped. */
  #damage = NO_FRAME;

  /**
   * @param stats counters to keep
   * @param onSkipped is given each byte that belongs to no frame, in order, for devices that send text between frames, and tells whether
   *   it may be of that: such bytes are an error only between two frames, and once the second one has been found
   */
  constructor(
    rule: FrameRule,
    readonly stats: FramerStats = emptyFramerStats(),
    onSkipped: ((byte: number) => boolean) | undefined = undefined,
  ) {
    this.#rule = rule;
    this.#onSkipped = onSkipped;
    this.#bytes = new Uint8Array(ROOM_BYTES + (rule.lock + 2) * rule.longest);
    this.#start = this.#end = rule.longest;
  }

  /** Takes the next bytes and calls `onFrame` for each whole frame, in order. */
  push(chunk: Uint8Array, onFrame: OnFrameAt): void {
    this.stats.bytes += chunk.length;
    for (let from = 0; from < chunk.length; ) {
      if (this.#end + chunk.length - from > this.#bytes.length) this.#makeRoom();
      const count = Math.min(chunk.length - from, this.#bytes.length - this.#end);
      this.#bytes.set(count === chunk.length ? chunk : chunk.subarray(from, from + count), this.#end);
      this.#end += count;
      from += count;
      this.#scan(onFrame);
    }
  }

  /** To be called from the callback when frames that fit do not make sense: the search goes on after the next byte. */
  unlock(): void {
    this.#last = -1;
    this.#skip(NO_FRAME);
  }

  /** Forgets all frames and sets all counters to 0. */
  reset(): void {
    this.#start = this.#end = this.#rule.longest;
    this.#last = -1;
    this.#skipped = 0;
    this.#noted = false;
    this.#untouched = true;
    Object.assign(this.stats, emptyFramerStats());
  }

  /** Never more than the frames of a lock are left, so this always frees room. */
  #makeRoom(): void {
    const { longest } = this.#rule;
    if (this.#last > 0) {
      this.#bytes.copyWithin(0, this.#last, this.#last + longest);
      this.#last = 0;
    }
    this.#bytes.copyWithin(longest, this.#start, this.#end);
    this.#end -= this.#start - longest;
    this.#start = longest;
  }

  #scan(onFrame: OnFrameAt): void {
    const rule = this.#rule;
    const bytes = this.#bytes;
    while (this.#start < this.#end) {
      const at = this.#start;
      let match = rule.match(bytes, at, this.#end);
      if (match > 0 && !this.#isExpected(at)) match = this.#matchLock(at, match);
      if (match === 0) return;
      if (match < 0) this.#skip(match);
      else this.#deliver(at, match, onFrame);
    }
  }

  #isExpected(at: number): boolean {
    const rule = this.#rule;
    if (rule.lock === 1) return true;
    if (this.#last < 0) return false;
    if (rule.isNext !== undefined) return rule.isNext(this.#bytes, this.#last, at);
    return this.#skipped === 0 && (rule.follows === undefined || rule.follows(this.#bytes, this.#last, at, this.#last));
  }

  /** The length of the frame at `at` where enough frames stand in a row from there on, otherwise as a match. */
  #matchLock(at: number, length: number): number {
    const rule = this.#rule;
    const bytes = this.#bytes;
    const atBegin = this.#untouched && this.#last < 0;
    let previous = at;
    let next = at + length;
    for (let count = 1; count < rule.lock; count++) {
      if (atBegin && rule.trustsFirst?.(bytes, previous)) return length;
      const match = next < this.#end ? rule.match(bytes, next, this.#end) : 0;
      if (match === 0) return 0;
      if (match < 0 || rule.follows?.(bytes, previous, next, this.#last) === false) return NO_FRAME;
      previous = next;
      next += match;
    }
    return length;
  }

  #skip(match: number): void {
    if (this.#skipped++ === 0) this.#damage = match;
    this.#untouched = false;
    const byte = this.#bytes[this.#start++]!;
    if (this.#onSkipped === undefined || !this.#onSkipped(byte)) this.#noteError();
  }

  #deliver(at: number, length: number, onFrame: OnFrameAt): void {
    const skipped = this.#skipped;
    if (skipped > 0) {
      if (this.#last >= 0) this.#noteError();
      if (this.#noted) this.stats.resyncs++;
    }
    // Before the callback, so that one that throws leaves the framer at the begin of the next frame.
    this.#last = at;
    this.#start = at + length;
    this.#skipped = 0;
    this.#noted = false;
    this.stats.frames++;
    onFrame(this.#bytes, at, length, skipped);
  }

  #noteError(): void {
    if (this.#noted) return;
    this.#noted = true;
    if (this.#damage === WRONG_SUM) this.stats.crcErrors++;
    else this.stats.framingErrors++;
  }
}
