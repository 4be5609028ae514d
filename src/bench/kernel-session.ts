import "../engine/no-telemetry.js";
import { InferenceSession, Tensor } from "onnxruntime-node";
import type { BridgeWeights } from "../bridge/index.js";
import { encodeModel } from "../onnx/index.js";
import { bridgeGraph } from "./bridge-graph.js";
import type { Contender } from "./interleave.js";
import type { KernelRoute } from "./routes.js";

/** The bridge in ONNX Runtime on one thread, with input and output allocated once, as the engine runs its halves. */
export class BridgeSession implements Contender {
  private constructor(
    private readonly session: InferenceSession,
    private readonly feeds: Record<string, Tensor>,
    private readonly fetches: Record<string, Tensor>,
  ) {}

  static async create(
    weights: BridgeWeights,
    route: KernelRoute,
    features: Float32Array,
    out: Float32Array,
  ): Promise<BridgeSession> {
    const { channelsIn, tokens, width } = route.shape;
    const session = await InferenceSession.create(encodeModel(bridgeGraph(weights, route)), {
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      executionMode: "sequential",
      graphOptimizationLevel: "all",
      logSeverityLevel: 3,
    });
    const input = route.featureLayout === "NTC" ? [1, route.time, channelsIn] : [1, channelsIn, route.time];
    const output = route.targetLayout === "tokens-first" ? [tokens, width] : [width, tokens];
    return new BridgeSession(
      session,
      { features: new Tensor("float32", features, input) },
      { out: new Tensor("float32", out, output) },
    );
  }

  async run(): Promise<void> {
    await this.session.run(this.feeds, this.fetches);
  }

  release(): Promise<void> {
    return this.session.release();
  }
}
