import { LinearProbe, poolMean, softmax } from "../../bridge/index.js";
import type { Bundle } from "../../bundle/index.js";
import { BioxError } from "../../errors.js";
import type { PreparedArray } from "../../prepare/index.js";
import { bridgeModel, mergedModel } from "../merged.js";
import type { ContenderName, ModelContender } from "./contender.js";
import { ModelSession } from "./model-session.js";

export interface GraphContenders {
  contenders: ModelContender[];
  /** Those that could not be built, with the reason. */
  missing: Partial<Record<ContenderName, string>>;
}

/**
 * The same model without biox's own bridge: as one ONNX graph, and as three sessions.
 *
 * @param like a prepared input; the contenders make arrays of its type and length
 */
export async function graphContenders(bundle: Bundle, like: PreparedArray, threads: number): Promise<GraphContenders> {
  const built: GraphContenders = { contenders: [], missing: {} };
  const makers = { merged: mergedContender, threeSessions: threeSessionsContender };
  for (const [name, make] of Object.entries(makers) as [keyof typeof makers, typeof mergedContender][])
    try {
      built.contenders.push(await make(bundle, like.slice(), threads));
    } catch (error) {
      // Halves of opsets that have no common meaning cannot become one graph; biox itself runs them.
      if (!(error instanceof BioxError && error.code === "ONNX_INVALID")) throw error;
      built.missing[name] = error.message;
    }
  return built;
}

/** What somebody would run who knows of no bridge: lower half, bridge, upper half, probe and softmax in one graph. */
export async function mergedContender(bundle: Bundle, input: PreparedArray, threads: number): Promise<ModelContender> {
  const session = await ModelSession.create(mergedModel(bundle), input, {
    role: "merged",
    ...bundle.prepared,
    outputs: ["logits", "probs"],
    threads,
  });
  const { logits, probs } = session.outputs as { logits: Float32Array; probs: Float32Array };
  return { name: "merged", input, logits, probs, run: () => session.run(), release: () => session.release() };
}

/** Lower half, bridge and upper half in a session each, which share their arrays; probe and softmax are those of biox. */
async function threeSessionsContender(bundle: Bundle, input: PreparedArray, threads: number): Promise<ModelContender> {
  const { manifest, shape, prepared, probe } = bundle;
  const lower = await ModelSession.create(bundle.lower, input, {
    role: "lower",
    ...prepared,
    outputs: [manifest.lower.output],
    threads,
  });
  const features = lower.outputs[manifest.lower.output]!;
  const time = features.length / shape.channelsIn;
  const bridge = await ModelSession.create(bridgeModel(bundle), features, {
    role: "bridge",
    dtype: "float32",
    shape: manifest.lower.layout === "NTC" ? [1, time, shape.channelsIn] : [1, shape.channelsIn, time],
    outputs: ["out"],
    threads,
  });
  const upper = await ModelSession.create(bundle.upper, bridge.outputs.out!, {
    role: "upper",
    dtype: "float32",
    shape: manifest.bridge.target.shape,
    outputs: [manifest.upper.output],
    threads,
  });
  const last = upper.outputs[manifest.upper.output]!;
  const head = probe ? new LinearProbe(probe.weight, probe.bias) : undefined;
  const mean = new Float32Array(probe?.width ?? 0);
  const logits = head ? new Float32Array(manifest.labels.length) : last;
  const probs = new Float32Array(logits.length);
  return {
    name: "threeSessions",
    input,
    logits,
    probs,
    run: async () => {
      await lower.run();
      await bridge.run();
      await upper.run();
      if (head) {
        poolMean(last, mean, mean.length, "NTC");
        head.run(mean, logits);
      }
      softmax(logits, probs, probs.length);
    },
    release: async () => {
      for (const session of [lower, bridge, upper]) await session.release();
    },
  };
}
