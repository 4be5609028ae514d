import { buildKernels, type Chain } from "./chain.js";
import { OutputWriter } from "./output.js";
import { type Kernel, shapeOf, valuesIn } from "./step.js";
import type { PreparedArray } from "./types.js";

/** Runs the stages of a chain on one window, back and forth between two buffers that live as long as the chain. */
export class WindowRunner {
  /** Where the caller puts the window to prepare: row-major [channels, samples], causally filtered where asked for. */
  readonly window: Float64Array;
  readonly #other: Float64Array;
  readonly #kernels: readonly Kernel[];
  readonly #writer: OutputWriter;

  constructor(chain: Chain, inputValues: number) {
    const most = Math.max(inputValues, ...chain.stages.map((stage) => valuesIn(stage.output)));
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

  run(out: PreparedArray): void {
    let x = this.window;
    let y = this.#other;
    for (let i = 0; i < this.#kernels.length; i++) {
      this.#kernels[i]!(x, y);
      const swap = x;
      x = y;
      y = swap;
    }
    this.#writer.write(x, out);
  }
}
