/** What makes a measurement one to go by: fewer windows say little about the slowest hundredth, less time little about the machine. */
export const LEAST_WINDOWS = 1024;
export const LEAST_SECONDS = 60;

/** Told now and then how far a benchmark is. */
export interface Progress {
  phase: string;
  windows: number;
  /** Seconds that this phase will still take, at the pace so far. */
  secondsLeft: number;
}

export interface PhaseOptions {
  /** Seconds; undefined: until both least amounts are reached. */
  seconds: number | undefined;
  /** Ends the phase before the next window. */
  signal: AbortSignal | undefined;
  onProgress: ((progress: Progress) => void) | undefined;
}

const PROGRESS_MS = 250;

/** One stretch of a benchmark: when it ends, how far it is, and whether it was long enough. Starts when it is made. */
export class Phase {
  private readonly begin = performance.now();
  private told = 0;
  private windows = 0;
  private end: number | undefined;

  constructor(
    readonly name: string,
    private readonly options: PhaseOptions,
  ) {}

  /** Whether another window is due after so many. */
  goesOn(windows: number): boolean {
    const { seconds, signal } = this.options;
    this.windows = windows;
    this.tell();
    const elapsed = this.seconds;
    const done = seconds === undefined ? elapsed >= LEAST_SECONDS && windows >= LEAST_WINDOWS : elapsed >= seconds;
    if (!done && !signal?.aborted) return true;
    this.end ??= performance.now();
    return false;
  }

  get aborted(): boolean {
    return this.options.signal?.aborted ?? false;
  }

  /** Seconds since the start, or up to the end. */
  get seconds(): number {
    return ((this.end ?? performance.now()) - this.begin) / 1000;
  }

  /** Why the result is not one to go by; undefined where it is. */
  get shortness(): string | undefined {
    // The clock is read once more after the last window: a phase of exactly a minute must not fall short by microseconds.
    if (this.windows >= LEAST_WINDOWS && this.seconds > LEAST_SECONDS - 0.01) return undefined;
    return `${this.name}: ${this.windows} windows in ${this.seconds.toFixed(1)} s`;
  }

  private tell(): void {
    const { onProgress, seconds } = this.options;
    const now = performance.now();
    if (!onProgress || now - this.told < PROGRESS_MS) return;
    this.told = now;
    const elapsed = this.seconds;
    const share =
      seconds === undefined
        ? Math.min(elapsed / LEAST_SECONDS, this.windows / LEAST_WINDOWS)
        : Math.min(1, elapsed / seconds);
    const secondsLeft = share > 0 ? Math.max(0, elapsed / share - elapsed) : Number.POSITIVE_INFINITY;
    onProgress({ phase: this.name, windows: this.windows, secondsLeft });
  }
}
