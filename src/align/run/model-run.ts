import "../../engine/no-telemetry.js";
import { type InferenceSession, Tensor } from "onnxruntime-node";
import { fillShape } from "../../engine/input-shape.js";
import { firstLine } from "../../engine/runtime.js";
import { BioxError } from "../../errors.js";
import type { PairSide, RowArray } from "../pairs/index.js";
import { type ModelPart, openSession } from "./open-session.js";

/** What one run gave: by name each output's numbers and extents. */
export type Outputs = Readonly<Record<string, { readonly data: Float32Array; readonly shape: readonly number[] }>>;

/** A model, or a part of one, that runs one window at a time. */
export class ModelRun {
  private constructor(
    private readonly session: InferenceSession,
    /** What messages call it. */
    readonly name: string,
  ) {}

  /**
   * @param threads of ONNX Runtime within an operator
   * @throws BioxError ONNX_INVALID when ONNX Runtime cannot load it; FILE_UNWRITABLE
   */
  static async open(part: ModelPart, threads: number): Promise<ModelRun> {
    return new ModelRun(await openSession(part, threads), part.name);
  }

  /**
   * Feeds the model's one input with rows of a side: each call reads the row into memory that all rows share.
   *
   * @throws BioxError ONNX_INVALID when the model takes other windows
   */
  feeder(side: PairSide): (row: number) => Readonly<Record<string, Tensor>> {
    const { inputNames, inputMetadata } = this.session;
    const [name, declared] = [inputNames[0]!, inputMetadata[0]];
    const shape = declared?.isTensor ? fillShape(declared.shape, side.shape) : undefined;
    const values = declared?.isTensor ? arrayFor(declared.type, side) : undefined;
    if (!declared?.isTensor || shape === undefined || values === undefined) {
      const takes = declared?.isTensor ? `${declared.type} [${declared.shape.join(", ")}]` : "no tensor";
      throw this.#misfit(
        `takes ${takes} at '${name}', but '${side.name}' has windows of ${side.dtype} [${side.shape.join(", ")}]`,
      );
    }
    const feeds = { [name]: new Tensor(declared.type as "float32", values as Float32Array, shape) };
    return (row) => {
      side.read(row, values);
      return feeds;
    };
  }

  /** The declared shape of an input with open dimensions of size 1. */
  shapeOf(input: string): readonly number[] {
    const declared = this.session.inputMetadata[this.session.inputNames.indexOf(input)];
    return declared?.isTensor ? declared.shape.map((size) => (typeof size === "number" && size > 0 ? size : 1)) : [];
  }

  /**
   * One run.
   *
   * @param where of which row, for messages
   * @throws BioxError MODEL_FAILED when it fails or a number is not finite; ONNX_INVALID when an output is not float32
   */
  async run(
    feeds: Readonly<Record<string, Tensor>>,
    outputs: readonly string[],
    where: () => string,
  ): Promise<Outputs> {
    const results = await this.session.run(feeds, [...outputs]).catch((cause) => {
      throw new BioxError("MODEL_FAILED", `${where()}: ${this.name} failed: ${firstLine(cause)}.`, undefined, {
        cause,
      });
    });
    const found: Record<string, Outputs[string]> = {};
    for (const name of outputs) {
      const { data, dims, type } = results[name]!;
      if (!(data instanceof Float32Array)) throw this.#misfit(`gives '${name}' as ${type}, but float32 is needed`);
      this.#requireFinite(name, data, where);
      found[name] = { data, shape: dims };
    }
    return found;
  }

  close(): Promise<void> {
    return this.session.release();
  }

  #requireFinite(name: string, data: Float32Array, where: () => string): void {
    for (let i = 0; i < data.length; i++)
      if (!Number.isFinite(data[i]!))
        throw new BioxError(
          "MODEL_FAILED",
          `${where()}: ${this.name} gives ${data[i]} at element ${i} of '${name}', but a finite number is needed.`,
          "Leave that pair out, or look at its recording.",
        );
  }

  #misfit(problem: string): BioxError {
    return new BioxError(
      "ONNX_INVALID",
      `${this.name} ${problem}.`,
      "Give the model that these windows were prepared for.",
    );
  }
}

/** An array for one window, of the type that a model takes; undefined where the windows cannot become that. */
function arrayFor(type: string, { dtype, shape }: PairSide): RowArray | undefined {
  const length = shape.reduce((product, extent) => product * extent, 1);
  if (type === "float32") return new Float32Array(length);
  if (dtype === "float32") return undefined;
  if (type === "int64") return new BigInt64Array(length);
  return type === "int32" ? new Int32Array(length) : undefined;
}
