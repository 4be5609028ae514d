import "../../engine/no-telemetry.js";
import { Tensor } from "onnxruntime-node";
import { gradientModel } from "../../onnx/gradient/index.js";
import { ModelRun } from "../run/index.js";
import { type LossKind, lossOf } from "./loss.js";
import type { WholeModel } from "./models.js";
import type { RowsReader } from "./rows-file.js";

/** What training makes small. */
export interface Objective {
  /**
   * Mean loss of a batch and its gradient by the bridge's output.
   *
   * @param rows of the features
   * @param out the bridge's output, [rows, T * C_out]
   * @param dOut written, as long
   */
  step(rows: Int32Array, out: Float32Array, dOut: Float32Array): Promise<number>;
  close(): Promise<void>;
}

/** The loss at the bridge's own output, against the true input of block l. */
export class BridgeObjective implements Objective {
  readonly #target: Float32Array;

  constructor(
    private readonly loss: LossKind,
    private readonly features: RowsReader,
  ) {
    this.#target = new Float32Array(features.size("block"));
  }

  async step(rows: Int32Array, out: Float32Array, dOut: Float32Array): Promise<number> {
    const size = this.#target.length;
    let sum = 0;
    for (const [n, row] of rows.entries()) {
      this.features.read("block", row, this.#target);
      const own = out.subarray(n * size, (n + 1) * size);
      sum += lossOf(this.loss, own, this.#target, dOut.subarray(n * size, (n + 1) * size), 1 / rows.length);
    }
    return sum / rows.length;
  }

  async close(): Promise<void> {}
}

/** What messages call the part of the old model behind the bridge. */
export const upperName = ({ path }: WholeModel): string => `the upper half of ${path}`;

/** The loss at the old model's last block: ONNX Runtime runs its frozen upper half forward and backward. */
export class LastObjective implements Objective {
  readonly #out: Tensor;
  readonly #target: Tensor;

  private constructor(
    private readonly run: ModelRun,
    private readonly input: string,
    private readonly features: RowsReader,
    private readonly where: (row: number) => string,
  ) {
    const floats = (length: number, shape: readonly number[]): Tensor =>
      new Tensor("float32", new Float32Array(length), shape);
    this.#out = floats(features.size("block"), run.shapeOf(input));
    this.#target = floats(features.size("last"), run.shapeOf("target"));
  }

  /** @throws BioxError ONNX_UNSUPPORTED when the upper half cannot be differentiated, ONNX_INVALID */
  static async create(
    model: WholeModel,
    { at, last, loss }: { at: string; last: string; loss: LossKind },
    features: RowsReader,
    threads: number,
    where: (row: number) => string,
  ): Promise<LastObjective> {
    const gradient = gradientModel(await model.loaded([at], [last]), { input: at, output: last, loss });
    const run = await ModelRun.open({ model: gradient, name: upperName(model) }, threads);
    return new LastObjective(run, at, features, where);
  }

  async step(rows: Int32Array, out: Float32Array, dOut: Float32Array): Promise<number> {
    const size = this.#out.data.length;
    let sum = 0;
    for (const [n, row] of rows.entries()) {
      (this.#out.data as Float32Array).set(out.subarray(n * size, (n + 1) * size));
      this.features.read("last", row, this.#target.data as Float32Array);
      const { loss, gradient } = await this.run.run(
        { [this.input]: this.#out, target: this.#target },
        ["loss", "gradient"],
        () => this.where(row),
      );
      sum += loss!.data[0]!;
      const from = gradient!.data;
      for (let i = 0; i < size; i++) dOut[n * size + i] = from[i]! / rows.length;
    }
    return sum / rows.length;
  }

  close(): Promise<void> {
    return this.run.close();
  }
}
