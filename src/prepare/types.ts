/** Shape of one raw window: `channels` x `samples`, sampled at `rate` Hz. */
export interface SignalShape {
  readonly channels: number;
  readonly samples: number;
  readonly rate: number;
}

export type PreparedDtype = "float32" | "float64" | "int32" | "int64";
export type PreparedArray = Float32Array | Float64Array | Int32Array | BigInt64Array;

/** A compiled list of steps: raw window in, model input out. Its arithmetic is float64; only the output is cast. */
export interface Preparation {
  /** The raw window that the steps were compiled for. */
  readonly input: SignalShape;
  /** What one window becomes, without a batch dimension: [channels, samples] or [channels, patches, samples]. */
  readonly output: { readonly dtype: PreparedDtype; readonly shape: readonly number[] };
  /** One line for each step, with its parameters and the shape it leaves. */
  describe(): string[];
  /** A new array of the output's type and length, to be reused from window to window. */
  createOutput(): PreparedArray;
  /**
   * Prepares one window on its own, as if the recording began with it.
   *
   * @param signal one Float64Array of `input.samples` values for each channel
   * @param out filled in row-major order of `output.shape`
   * @throws BioxError INVALID_ARGUMENT for wrong lengths or a sample that is not finite; PREPARE_INVALID when values
   *   are so large that a step has no finite result, when a sample exceeds 1e30 before a causal filter, or when a
   *   prepared value does not fit the output type. `out` is then not to be used.
   */
  prepareWindow(signal: readonly Float64Array[], out: PreparedArray): void;
  /** A stream of its own: causal steps keep their state between pushes. */
  createLive(): LivePreparation;
}

/** Prepares the newest window of a continuous stream. */
export interface LivePreparation {
  /**
   * Appends the next samples: the first `count` values of each channel's array. Causal steps run here, once a sample.
   * A sample above 1e30 (or one that drives a filter out of range) starts the channel's filters anew behind it; windows
   * that hold it cannot be prepared, later ones can.
   *
   * @throws BioxError INVALID_ARGUMENT for wrong lengths or a sample that is not finite; the stream is then unchanged.
   */
  push(signal: readonly Float64Array[], count: number): void;
  /** Whether at least `input.samples` samples were pushed since the start or the last reset. */
  readonly ready: boolean;
  /**
   * Prepares the newest `input.samples` samples.
   *
   * @throws BioxError as `prepareWindow`; PREPARE_INVALID when not `ready`. The stream is unchanged and goes on.
   */
  prepare(out: PreparedArray): void;
  /** Forgets all samples and all filter state, as after a gap in the stream. */
  reset(): void;
}
