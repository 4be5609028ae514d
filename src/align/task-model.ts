import "../engine/no-telemetry.js";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { LinearProbe, poolMean } from "../bridge/index.js";
import type { ProbeWeights } from "../bundle/index.js";
import { fillShape } from "../engine/input-shape.js";
import { BioxError } from "../errors.js";
import type { PairSide } from "./pairs/index.js";

export interface TaskModelOptions {
  /** What it is fed with. */
  side: PairSide;
  /** K. */
  classes: number;
  /** Task head for a model that ends at its last block: [..., tokens, D]. */
  probe?: ProbeWeights | null;
  /** Output to read; default "logits", or the only one. */
  output?: string;
  threads?: number;
}

/** A whole model with a task head: a prepared window in, logits out. */
export class TaskModel {
  private constructor(
    readonly file: string,
    private readonly session: InferenceSession,
    private readonly side: PairSide,
    private readonly output: string,
    private readonly input: Float32Array | BigInt64Array | Int32Array,
    private readonly feeds: Record<string, Tensor>,
    private readonly classes: number,
    private readonly probe: { layer: LinearProbe; mean: Float32Array; logits: Float32Array } | undefined,
  ) {}

  /**
   * @param file ONNX model; external data are read from its folder
   * @throws BioxError FILE_INVALID when it is no model, or its input does not take the windows
   */
  static async open(file: string, { side, classes, probe, output, threads = 1 }: TaskModelOptions): Promise<TaskModel> {
    let session: InferenceSession;
    try {
      session = await InferenceSession.create(file, { intraOpNumThreads: threads, logSeverityLevel: 3 });
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
      throw new BioxError("FILE_INVALID", `${file} is not a model that ONNX Runtime can load: ${reason}.`, undefined, {
        cause,
      });
    }
    const { inputNames, outputNames, inputMetadata } = session;
    if (inputNames.length !== 1)
      throw invalid(file, `has ${inputNames.length} inputs (${inputNames.join(", ")}), but expected is one`);
    const name = output ?? (outputNames.includes("logits") || outputNames.length !== 1 ? "logits" : outputNames[0]!);
    if (!outputNames.includes(name))
      throw invalid(file, `has no output '${name}'; it has ${outputNames.join(", ")}`, "Name the one with the logits.");
    const declared = inputMetadata[0]!;
    const shape = declared.isTensor ? fillShape(declared.shape, side.shape) : undefined;
    if (!declared.isTensor || !shape)
      throw invalid(
        file,
        `takes '${inputNames[0]}' of shape [${declared.isTensor ? declared.shape.join(", ") : "?"}], but the windows of '${side.name}' have [${side.shape.join(", ")}]`,
      );
    const size = side.shape.reduce((a, b) => a * b, 1);
    const input = inputArray(file, declared.type, side, size);
    const feeds = { [inputNames[0]!]: new Tensor(declared.type as never, input as never, shape) };
    const layer = probe
      ? {
          layer: new LinearProbe(probe.weight, probe.bias),
          mean: new Float32Array(probe.width),
          logits: new Float32Array(probe.classes),
        }
      : undefined;
    return new TaskModel(file, session, side, name, input, feeds, classes, layer);
  }

  /** Logits [K] of one row; the caller may keep them. */
  async logits(row: number): Promise<Float32Array> {
    this.side.read(row, this.input);
    const results = await this.session.run(this.feeds, [this.output]);
    const result = results[this.output]!;
    if (result.type !== "float32")
      throw invalid(this.file, `gives '${this.output}' as ${result.type}, but expected is float32`);
    const logits = this.#head(result.data as Float32Array);
    if (logits.every(Number.isFinite)) return logits;
    throw invalid(this.file, `gives a number that is not finite for window ${row} of '${this.side.name}'`);
  }

  async release(): Promise<void> {
    await this.session.release();
  }

  #head(data: Float32Array): Float32Array {
    const { probe, classes } = this;
    if (data.length === classes) return data;
    if (probe && data.length % probe.mean.length === 0) {
      poolMean(data, probe.mean, probe.mean.length, "NTC");
      probe.layer.run(probe.mean, probe.logits);
      return probe.logits.slice();
    }
    throw invalid(
      this.file,
      `gives ${data.length} numbers in '${this.output}' for one window, but there are ${classes} classes`,
      "Name the output with the logits, or use a bundle with a probe for this model.",
    );
  }
}

/** Class of the largest number; the first of equal ones. */
export function argmax(values: Float32Array): number {
  let best = 0;
  for (let k = 1; k < values.length; k++) if (values[k]! > values[best]!) best = k;
  return best;
}

function inputArray(
  file: string,
  type: string,
  side: PairSide,
  size: number,
): Float32Array | BigInt64Array | Int32Array {
  if (type === "float32" && side.dtype === "float32") return new Float32Array(size);
  if (type === "int64" && side.dtype === "int64") return new BigInt64Array(size);
  if (type === "int32" && side.dtype === "int64") return new Int32Array(size);
  throw invalid(file, `takes ${type}, but the windows of '${side.name}' are ${side.dtype}`);
}

function invalid(file: string, problem: string, hint?: string): BioxError {
  return new BioxError("FILE_INVALID", `${file} ${problem}.`, hint);
}
