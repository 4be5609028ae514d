/** How much is kept while a device has not said yet what it sends: about half a minute of a usual PPG stream. */
const CAPACITY_BYTES = 64 * 1024;

/** Frames that came before their description, in order. */
export class EarlyFrames {
  #bytes: Uint8Array | undefined;
  #ends: number[] = [];

  /** Keeps a copy; false when there is no more room. */
  add(frame: Uint8Array): boolean {
    this.#bytes ??= new Uint8Array(CAPACITY_BYTES);
    const start = this.#ends.at(-1) ?? 0;
    if (start + frame.length > CAPACITY_BYTES) return false;
    this.#bytes.set(frame, start);
    this.#ends.push(start + frame.length);
    return true;
  }

  /** Takes all frames out; the views stay valid. */
  take(): Uint8Array[] {
    const bytes = this.#bytes;
    if (bytes === undefined) return [];
    const frames = this.#ends.map((end, i) => bytes.subarray(this.#ends[i - 1] ?? 0, end));
    this.clear();
    return frames;
  }

  clear(): void {
    this.#bytes = undefined;
    this.#ends = [];
  }
}
