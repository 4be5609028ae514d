import "../../engine/no-telemetry.js";
import { type InferenceSession, Tensor } from "onnxruntime-node";
import { type FeatureLayout, poolMean } from "../../bridge/index.js";
import { fillShape } from "../../engine/input-shape.js";
import { BioxError } from "../../errors.js";
import { extractModel, type ModelFile, openInputs } from "../../onnx/index.js";
import type { PairSide, RowArray } from "../pairs/index.js";
import type { PooledFeatures } from "./cka.js";
import { firstLine, openSession } from "./open-session.js";

/** A tensor to look at. */
export interface Tap {
  readonly tensor: string;
  readonly layout: FeatureLayout;
}

/** A model that gives, beside or instead of its answer, tensors from its inside: all of them in one run. */
export class TappedModel {
  private constructor(
    private readonly file: string,
    private readonly session: InferenceSession,
    private readonly side: PairSide,
    private readonly input: RowArray,
    private readonly feeds: Record<string, Tensor>,
  ) {}

  /**
   * @param model as `openModel` gives it
   * @param file what messages call it
   * @param side windows that it is given
   * @param tensors all that runs are to give
   * @throws BioxError ONNX_INVALID when the model takes other windows or more than one input, or ONNX Runtime does not load it
   */
  static async open(
    model: ModelFile,
    file: string,
    side: PairSide,
    tensors: readonly string[],
    threads: number,
  ): Promise<TappedModel> {
    const inputs = openInputs(model).map(({ name }) => name);
    if (inputs.length !== 1)
      throw invalid(`${file} needs ${inputs.length} inputs (${inputs.join(", ")}), but expected is one: a window`);
    const part = extractModel(model.model, { inputs, outputs: [...new Set(tensors)] });
    const session = await openSession(part, model.external, file, threads);
    const declared = session.inputMetadata[0];
    const shape = declared?.isTensor ? fillShape(declared.shape, side.shape) : undefined;
    const input = declared?.isTensor ? inputArray(declared.type, side) : undefined;
    if (!declared?.isTensor || shape === undefined || input === undefined) {
      await session.release();
      const takes = declared?.isTensor ? `${declared.type} [${declared.shape.join(", ")}]` : "no tensor";
      throw invalid(
        `${file} takes ${takes} at '${inputs[0]}', but '${side.name}' has windows of ${side.dtype} [${side.shape.join(", ")}]`,
      );
    }
    const feeds = { [inputs[0]!]: new Tensor(declared.type as "float32", input as Float32Array, shape) };
    return new TappedModel(file, session, side, input, feeds);
  }

  /**
   * Runs one window.
   *
   * @param where what messages call it
   * @throws BioxError MODEL_FAILED
   */
  async run(row: number, where: string): Promise<TapResults> {
    this.side.read(row, this.input);
    try {
      return new TapResults(this.file, where, (await this.session.run(this.feeds)) as Record<string, Tensor>);
    } catch (cause) {
      throw new BioxError("MODEL_FAILED", `${where}: ${this.file} failed: ${firstLine(cause)}.`, undefined, { cause });
    }
  }

  release(): Promise<void> {
    return this.session.release();
  }
}

/** What one window gave. */
export class TapResults {
  constructor(
    private readonly file: string,
    private readonly where: string,
    private readonly tensors: Readonly<Record<string, Tensor>>,
  ) {}

  /** Extents of a tensor. */
  dims(tensor: string): readonly number[] {
    return this.tensors[tensor]!.dims;
  }

  /** Values of a tensor. @throws BioxError MODEL_FAILED unless they are finite float32 */
  values(tensor: string): Float32Array {
    const { data, type } = this.tensors[tensor]!;
    if (!(data instanceof Float32Array)) throw this.#failed(`gives '${tensor}' as ${type}, but float32 is needed`);
    return data;
  }

  /**
   * Mean over time.
   *
   * @param features where it goes, at `row`; made at the first call, for `rows` rows
   * @throws BioxError MODEL_FAILED when a value is not finite, or widths differ from window to window
   */
  pool({ tensor, layout }: Tap, features: PooledFeatures | undefined, row: number, rows: number): PooledFeatures {
    const dims = this.dims(tensor);
    const columns = dims.length < 3 || layout === "NTC" ? (dims.at(-1) ?? 1) : dims[1]!;
    const into = features ?? { columns, values: new Float32Array(rows * columns) };
    if (into.columns !== columns)
      throw this.#failed(`gives '${tensor}' with ${columns} channels, but ${into.columns} for the first window`);
    const pooled = into.values.subarray(row * columns, (row + 1) * columns);
    poolMean(this.values(tensor), pooled, columns, dims.length < 3 ? "NTC" : layout);
    if (pooled.every(Number.isFinite)) return into;
    throw this.#failed(`gives a number in '${tensor}' that is not finite`);
  }

  #failed(problem: string): BioxError {
    return new BioxError("MODEL_FAILED", `${this.where}: ${this.file} ${problem}.`, "Look at that window's signal.");
  }
}

/** An array for one window, of the type that the model takes; undefined where the windows cannot become that. */
function inputArray(type: string, { dtype, shape }: PairSide): RowArray | undefined {
  const length = shape.reduce((product, extent) => product * extent, 1);
  if (type === "float32") return new Float32Array(length);
  if (dtype === "float32") return undefined;
  if (type === "int64") return new BigInt64Array(length);
  return type === "int32" ? new Int32Array(length) : undefined;
}

function invalid(problem: string, cause?: unknown): BioxError {
  return new BioxError("ONNX_INVALID", `${problem}.`, "Give the model that these windows were prepared for.", {
    cause,
  });
}
