/** What a framer has seen so far; every number only grows until `reset`. */
export interface FramerStats {
  /** Bytes received. */
  bytes: number;
  /** Frames delivered, the salvaged ones included. */
  frames: number;
  /** Blocks whose bytes do not fit their check sum. */
  crcErrors: number;
  /** Blocks that are no frame at all: broken stuffing, or too short. */
  framingErrors: number;
  /** Runs of bytes longer than any frame may be. */
  oversize: number;
  /** Times that a frame was found again after one or more errors. */
  resyncs: number;
}

/** Cuts a stream of bytes into checked frames. Pure: it opens nothing, waits for nothing, and never throws on noise. */
export interface Framer {
  readonly stats: FramerStats;
  /**
   * Takes the next bytes and calls `onFrame` once for each whole frame, in order.
   * The view is valid only during the callback: the next frame is written over it.
   */
  push(chunk: Uint8Array, onFrame: (frame: Uint8Array) => void): void;
  /** Forgets a frame begun and sets all counters to 0. */
  reset(): void;
}

export function emptyFramerStats(): FramerStats {
  return { bytes: 0, frames: 0, crcErrors: 0, framingErrors: 0, oversize: 0, resyncs: 0 };
}
