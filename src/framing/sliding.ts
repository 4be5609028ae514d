import { emptyFramerStats, type FramerStats } from "./types.js";

/**
 * Looks for a frame at `at`, of bytes that end before `end`: its length, 0 when more bytes are needed to tell, -1 when none begins here.
 * It must be able to tell once it has seen as many bytes as the longest frame has.
 */
export type FrameMatch = (bytes: Uint8Array, at: number, end: number) => number;

/**
 * Framer of formats without an escape: start bytes may occur within a frame. Where no frame begins it goes on at the next byte, never
 * behind a whole frame, so that damage costs no intact frame behind it.
 */
export class SlidingFramer {
  readonly #match: FrameMatch;
  readonly #bytes: Uint8Array;
  #start = 0;
  #end = 0;
  #inError = false;

  /**
   * @param longest bytes of the longest frame
   * @param stats counters to keep; `framingErrors` counts runs of bytes that are no frame
   */
  constructor(
    longest: number,
    match: FrameMatch,
    readonly stats: FramerStats = emptyFramerStats(),
  ) {
    this.#match = match;
    this.#bytes = new Uint8Array(Math.max(4096, 4 * longest));
  }

  /** Takes the next bytes and calls `onFrame` for each whole frame, in order; its bytes are valid during the call only. */
  push(chunk: Uint8Array, onFrame: (bytes: Uint8Array, at: number, length: number) => void): void {
    this.stats.bytes += chunk.length;
    for (let taken = 0; taken < chunk.length; ) {
      this.#bytes.copyWithin(0, this.#start, this.#end);
      this.#end -= this.#start;
      this.#start = 0;
      const piece = chunk.subarray(taken, taken + this.#bytes.length - this.#end);
      this.#bytes.set(piece, this.#end);
      this.#end += piece.length;
      taken += piece.length;
      this.#scan(onFrame);
    }
  }

  /** Forgets a frame begun and sets all counters to 0. */
  reset(): void {
    this.#start = 0;
    this.#end = 0;
    this.#inError = false;
    Object.assign(this.stats, emptyFramerStats());
  }

  #scan(onFrame: (bytes: Uint8Array, at: number, length: number) => void): void {
    while (this.#start < this.#end) {
      const length = this.#match(this.#bytes, this.#start, this.#end);
      if (length === 0) return;
      if (length < 0) {
        if (!this.#inError) this.stats.framingErrors++;
        this.#inError = true;
        this.#start++;
        continue;
      }
      const at = this.#start;
      // Before the callback, so that one that throws leaves the framer at the begin of the next frame.
      this.#start += length;
      this.stats.frames++;
      if (this.#inError) this.stats.resyncs++;
      this.#inError = false;
      onFrame(this.#bytes, at, length);
    }
  }
}
