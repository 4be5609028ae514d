/** The delays of one filter on one signal. */
export interface FilterState {
  /** Replaces x[from .. from + count) by the filtered values and remembers the delays for the next call. */
  run(x: Float64Array, from: number, count: number): void;
  /** Sets all delays to zero. */
  clear(): void;
}

/** A designed linear filter, FIR or IIR. */
export interface LinearFilter {
  /** Gain at 0 Hz, from the coefficients as they are. */
  readonly dcGain: number;
  /** Samples that forward-backward filtering adds at each end: SciPy's default `padlen`. */
  readonly padding: number;
  createState(): FilterState;
}
