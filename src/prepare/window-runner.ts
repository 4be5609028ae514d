import { BioxError } from "../errors.js";
import { LARGEST_CAUSAL_INPUT } from "./causal-filters.js";
import { buildKernels, type Chain } from "./chain.js";
import { OutputWriter } from "./output.js";
import { type Kernel, shapeOf, valuesIn } from "./step.js";
import type { PreparedArray, SignalShape } from "./types.js";

/** Runs the stages of a chain on one window, back and forth between two buffers that live as long as the chain. */
export class WindowRunner {
  /**
   * Where the caller puts the window to prepare: row-major [channels, samples], causally filtered where asked for, with
   * NaN where a filter had no result.
   */
  readonly window: Float64Array;
  readonly #other: Float64Array;
  readonly #kernels: readonly Kernel[];
  /** Values that each stage leaves. */
  readonly #counts: readonly number[];
  readonly #writer: OutputWriter;

  constructor(
    private readonly chain: Chain,
    private readonly input: SignalShape,
  ) {
    const inputValues = input.channels * input.samples;
    this.#counts = chain.stages.map((stage) => valuesIn(stage.output));
    const most = Math.max(inputValues, ...this.#counts);
    this.window = new Float64Array(most);
    this.#other = new Float64Array(chain.stages.length > 0 ? most : 0);
    this.#kernels = buildKernels(chain);
    this.#writer = new OutputWriter(
      chain.output.dtype,
      shapeOf(chain.output).reduce((a, b) => a * b),
    );
  }

  createOutput(): PreparedArray {
    return this.#writer.create();
  }

  checkOutput(out: PreparedArray): void {
    this.#writer.check(out);
  }

  /** Prepares `window`, which is used up. Throws PREPARE_INVALID where a step has no finite result. */
  run(out: PreparedArray): void {
    this.#checkFiltered();
    let x = this.window;
    let y = this.#other;
    for (let i = 0; i < this.#kernels.length; i++) {
      this.#kernels[i]!(x, y);
      // At once: a later step might turn an overflow into numbers that look right, as clip turns infinity into its bound.
      if (firstNotFinite(y, this.#counts[i]!) >= 0)
        throw this.chain.places[i]!.infeasible(
          "has no finite result for this window: its values are too large",
          "Check the sensor and the scale of its channel.",
        );
      const swap = x;
      x = y;
      y = swap;
    }
    this.#writer.write(x, out);
  }

  #checkFiltered(): void {
    const { channels, samples } = this.input;
    if (this.chain.filters.length === 0) return;
    const at = firstNotFinite(this.window, channels * samples);
    if (at < 0) return;
    throw new BioxError(
      "PREPARE_INVALID",
      `The causal filters of channel ${Math.floor(at / samples)} had to start anew at sample ${at % samples} of this window, as its value was too large.`,
      `They take values up to ${LARGEST_CAUSAL_INPUT}; check the sensor and the scale of its channel.`,
    );
  }
}

/** Index of the first of `count` values that is infinite or NaN, or -1. */
function firstNotFinite(values: Float64Array, count: number): number {
  for (let i = 0; i < count; i++) if (!Number.isFinite(values[i]!)) return i;
  return -1;
}
