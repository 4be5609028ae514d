import "../../engine/no-telemetry.js";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { fillShape } from "../../engine/input-shape.js";
import { BioxError } from "../../errors.js";
import type { PreparedArray, PreparedDtype } from "../../prepare/index.js";

export interface SessionSpec {
  /** "lower", "bridge": what messages call it. */
  readonly role: string;
  /** The input's type, and its shape, with or without a batch dimension of 1. */
  readonly dtype: PreparedDtype;
  readonly shape: readonly number[];
  /** Outputs to be computed, all float32. */
  readonly outputs: readonly string[];
  readonly threads: number;
}

/**
 * One ONNX graph with one input in onnxruntime-node, run as a careful user would: all optimizations, arrays allocated once. Two
 * sessions can share an array, so that what one writes the other reads.
 */
export class ModelSession {
  private constructor(
    private readonly session: InferenceSession,
    private readonly feeds: Record<string, Tensor>,
    private readonly fetches: Record<string, Tensor>,
    /** Output arrays by name, written by each run. */
    readonly outputs: Readonly<Record<string, Float32Array>>,
  ) {}

  /** @param data array that each run reads */
  static async create(onnx: Uint8Array, data: PreparedArray, spec: SessionSpec): Promise<ModelSession> {
    const session = await InferenceSession.create(onnx, {
      intraOpNumThreads: spec.threads,
      interOpNumThreads: 1,
      executionMode: "sequential",
      graphOptimizationLevel: "all",
      logSeverityLevel: 3,
    });
    const input = session.inputNames[0]!;
    const declared = session.inputMetadata[0];
    const shape = declared?.isTensor ? fillShape(declared.shape, spec.shape) : undefined;
    if (shape === undefined)
      throw new BioxError(
        "BUNDLE_SHAPE",
        `The ${spec.role} graph does not take an input of shape [${spec.shape.join(", ")}].`,
        "Check the bundle with 'biox inspect'.",
      );
    const feeds = { [input]: new Tensor(spec.dtype, data as never, shape) };
    // The first run finds the outputs' shapes, which a graph may leave open.
    const first = await session.run(feeds, spec.outputs);
    const fetches: Record<string, Tensor> = {};
    const outputs: Record<string, Float32Array> = {};
    for (const name of spec.outputs) {
      const { dims } = first[name]!;
      outputs[name] = new Float32Array(dims.reduce((product, size) => product * size, 1));
      fetches[name] = new Tensor("float32", outputs[name], dims);
    }
    return new ModelSession(session, feeds, fetches, outputs);
  }

  async run(): Promise<void> {
    await this.session.run(this.feeds, this.fetches);
  }

  release(): Promise<void> {
    return this.session.release();
  }
}
