import "../../engine/no-telemetry.js";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { fillShape } from "../../engine/input-shape.js";
import { BioxError } from "../../errors.js";
import type { PairSide, RowArray } from "../pairs/index.js";

/** A model, or part of one, as training runs it: one window at a time. */
export class ModelRun {
  private constructor(
    private readonly session: InferenceSession,
    /** What messages call it. */
    readonly name: string,
  ) {}

  /** @throws BioxError ONNX_INVALID when ONNX Runtime cannot load it */
  static async open(onnx: Uint8Array, name: string, threads: number): Promise<ModelRun> {
    try {
      const session = await InferenceSession.create(onnx, {
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        executionMode: "sequential",
        extra: {
          // It takes the variance from sums of squares, which loses digits (see engine/session.ts).
          optimization: { disable_specified_optimizers: "SkipLayerNormFusion" },
        },
        logSeverityLevel: 3,
      });
      return new ModelRun(session, name);
    } catch (cause) {
      throw new BioxError(
        "ONNX_INVALID",
        `${name} is not a model that ONNX Runtime can load: ${firstLine(cause)}.`,
        "Export the model again (opset 17 is known to work).",
        { cause },
      );
    }
  }

  /** A tensor for the model's input with memory of its own, into which rows of `side` are read. */
  inputFor(side: PairSide): { readonly name: string; readonly values: RowArray; readonly tensor: Tensor } {
    const declared = this.session.inputMetadata[0];
    const name = this.session.inputNames[0]!;
    if (this.session.inputNames.length !== 1 || !declared?.isTensor)
      throw this.#misfit(
        `has the inputs ${this.session.inputNames.join(", ")}, but one that takes the windows is needed`,
      );
    const shape = fillShape(declared.shape, [1, ...side.shape]);
    const given = `'${side.name}' holds ${side.dtype} windows [${side.shape.join(", ")}]`;
    if (shape === undefined)
      throw this.#misfit(`takes '${name}' of shape [${declared.shape.join(", ")}], but ${given}`);
    const length = shape.reduce((product, extent) => product * extent, 1);
    const values = arrayFor(declared.type, length);
    if (values === undefined || (side.dtype === "float32" && !(values instanceof Float32Array)))
      throw this.#misfit(`takes '${name}' as ${declared.type}, but ${given}`);
    return { name, values, tensor: new Tensor(declared.type as "float32", values as Float32Array, shape) };
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
   * @returns outputs by name, each one's numbers as float32
   * @throws BioxError MODEL_FAILED when it fails or an output is not finite
   */
  async run(
    feeds: Readonly<Record<string, Tensor>>,
    outputs: readonly string[],
    where: () => string,
  ): Promise<Record<string, { readonly data: Float32Array; readonly shape: readonly number[] }>> {
    const results = await this.session.run(feeds, [...outputs]).catch((cause) => {
      throw new BioxError("MODEL_FAILED", `${where()}: ${this.name} failed: ${firstLine(cause)}.`, undefined, {
        cause,
      });
    });
    const found: Record<string, { data: Float32Array; shape: readonly number[] }> = {};
    for (const name of outputs) {
      const { data, dims, type } = results[name]!;
      if (!(data instanceof Float32Array)) throw this.#misfit(`gives '${name}' as ${type}, but float32 is needed`);
      const bad = data.findIndex((value) => !Number.isFinite(value));
      if (bad >= 0)
        throw new BioxError(
          "MODEL_FAILED",
          `${where()}: ${this.name} gives ${data[bad]} at element ${bad} of '${name}', but a finite number is needed.`,
          "Leave that pair out, or look at its recording.",
        );
      found[name] = { data, shape: dims };
    }
    return found;
  }

  close(): Promise<void> {
    return this.session.release();
  }

  #misfit(problem: string): BioxError {
    return new BioxError("ONNX_INVALID", `${this.name} ${problem}.`, "Prepare the pairs for these models.");
  }
}

function arrayFor(type: string, length: number): RowArray | undefined {
  if (type === "float32") return new Float32Array(length);
  if (type === "int64") return new BigInt64Array(length);
  return type === "int32" ? new Int32Array(length) : undefined;
}

function firstLine(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  return (text.split("\n")[0] ?? "").trim().replace(/[.\s]+$/, "");
}
