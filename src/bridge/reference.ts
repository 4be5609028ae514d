/**
 * The specification of the bridge: each step as it is written in the method, in float64 and without any cleverness.
 * Every compiled kernel is tested against these functions; nothing else calls them.
 */
import type { BridgeSpec, BridgeWeights, FeatureLayout, TargetLayout } from "./shape.js";

type Numbers = Float32Array | Float64Array;

/** x = mean over time: [N, T_in, C] (NTC) or [N, C, T_in] (NCT) -> [N, C]. */
export function poolMeanReference(
  features: Numbers,
  channels: number,
  layout: FeatureLayout,
  windows: number,
): Float64Array {
  const time = features.length / (windows * channels);
  const pooled = new Float64Array(windows * channels);
  for (let n = 0; n < windows; n++) {
    const start = n * time * channels;
    for (let c = 0; c < channels; c++) {
      let sum = 0;
      for (let t = 0; t < time; t++) sum += features[start + (layout === "NTC" ? t * channels + c : c * time + t)]!;
      pooled[n * channels + c] = sum / time;
    }
  }
  return pooled;
}

/** y = W x for each window: W [rows, columns] row-major, x [N, columns] -> [N, rows]. */
export function linearReference(W: Numbers, x: Numbers, rows: number, columns: number, windows: number): Float64Array {
  const y = new Float64Array(windows * rows);
  for (let n = 0; n < windows; n++) {
    for (let i = 0; i < rows; i++) {
      let sum = 0;
      for (let j = 0; j < columns; j++) sum += W[i * columns + j]! * x[n * columns + j]!;
      y[n * rows + i] = sum;
    }
  }
  return y;
}

/** Z = prototypes w for each window: w [N, P, T] -> Z [N, C_out, T]. */
export function mixReference(prototypes: Numbers, w: Numbers, spec: BridgeSpec, windows: number): Float64Array {
  const { prototypes: P, tokens: T, width } = spec;
  const Z = new Float64Array(windows * width * T);
  for (let n = 0; n < windows; n++) {
    for (let c = 0; c < width; c++) {
      for (let t = 0; t < T; t++) {
        let sum = 0;
        for (let p = 0; p < P; p++) sum += prototypes[c * P + p]! * w[(n * P + p) * T + t]!;
        Z[(n * width + c) * T + t] = sum;
      }
    }
  }
  return Z;
}

/** Z [N, C_out, T] in the memory order of the target: transposed for tokens-first, unchanged for channels-first and raw. */
export function arrangeReference(
  Z: Float64Array,
  spec: BridgeSpec,
  layout: TargetLayout,
  windows: number,
): Float64Array {
  if (layout !== "tokens-first") return Z;
  const { tokens: T, width } = spec;
  const out = new Float64Array(Z.length);
  for (let n = 0; n < windows; n++) {
    for (let c = 0; c < width; c++) {
      for (let t = 0; t < T; t++) out[(n * T + t) * width + c] = Z[(n * width + c) * T + t]!;
    }
  }
  return out;
}

/** The whole bridge: features [N, T_in, C_in] or [N, C_in, T_in] -> [N, T, C_out] or [N, C_out, T]. */
export function bridgeReference(
  weights: BridgeWeights,
  spec: BridgeSpec,
  features: Numbers,
  windows = 1,
): { pooled: Float64Array; hidden: Float64Array; out: Float64Array } {
  const { channelsIn, rank, prototypes, tokens } = spec;
  const pooled = poolMeanReference(features, channelsIn, spec.featureLayout, windows);
  const hidden = linearReference(weights.A, pooled, rank, channelsIn, windows);
  const w = linearReference(weights.B, hidden, prototypes * tokens, rank, windows);
  const Z = mixReference(weights.prototypes, w, spec, windows);
  return { pooled, hidden, out: arrangeReference(Z, spec, spec.targetLayout, windows) };
}

/** probs = exp(logits) / sum for each row of `classes`. */
export function softmaxReference(logits: Numbers, classes: number): Float64Array {
  const probs = new Float64Array(logits.length);
  for (let row = 0; row < logits.length; row += classes) {
    const slice = logits.subarray(row, row + classes);
    const max = Math.max(...slice);
    let sum = 0;
    for (let i = 0; i < classes; i++) sum += Math.exp(slice[i]! - max);
    for (let i = 0; i < classes; i++) probs[row + i] = Math.exp(slice[i]! - max) / sum;
  }
  return probs;
}
