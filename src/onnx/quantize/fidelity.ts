import type { InferResult } from "../../engine/infer.js";
import type { Fidelity } from "./report.js";

/** Compares the probabilities [N, K] of two models on the same windows. Of equal ones the first counts as the label. */
export function compareResults(before: InferResult, after: InferResult): Fidelity {
  const [windows, classes] = before.tensors.probs.shape as [number, number];
  const [p, q] = [before.tensors.probs.data, after.tensors.probs.data];
  let [same, max, sum] = [0, 0, 0];
  for (let n = 0; n < windows; n++) {
    const at = n * classes;
    if (largest(p, at, classes) === largest(q, at, classes)) same++;
    for (let k = at; k < at + classes; k++) {
      const difference = Math.abs(p[k]! - q[k]!);
      max = Math.max(max, difference);
      sum += difference;
    }
  }
  return { windows, agreement: same / windows, maxDeltaP: max, meanDeltaP: sum / (windows * classes) };
}

function largest(values: Float32Array, start: number, count: number): number {
  let best = 0;
  for (let k = 1; k < count; k++) if (values[start + k]! > values[start + best]!) best = k;
  return best;
}
