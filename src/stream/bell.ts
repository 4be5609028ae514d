/**
 * A word of shared memory on which one thread sleeps until another rings, for all that it waits for: samples of any number of rings, and
 * messages. It counts its rings, so that none between a look around and the sleep is missed.
 */
export class Bell {
  private readonly word: Int32Array;

  constructor(readonly memory: SharedArrayBuffer = new SharedArrayBuffer(4)) {
    this.word = new Int32Array(memory);
  }

  ring(): void {
    Atomics.add(this.word, 0, 1);
    Atomics.notify(this.word, 0);
  }

  /** Rings so far; to be read before looking around, and given to {@link sleep}. */
  get rings(): number {
    return Atomics.load(this.word, 0);
  }

  /** Blocks this thread (never main) until there have been more than `rings`, or `timeout` ms have passed. */
  sleep(rings: number, timeout: number): void {
    Atomics.wait(this.word, 0, rings, timeout);
  }
}
