import { BioxError } from "../errors.js";
import { addon, type NativeProbe } from "./addon.js";
import { type BridgeOptions, FEATURE_LAYOUTS } from "./bridge.js";
import type { FeatureLayout } from "./shape.js";
import { activeTarget, requireTarget } from "./simd.js";
import { checkApart, checkChoice, checkCount, checkFloats, checkLength, checkWeights, timeOf } from "./validate.js";

/**
 * The task head's linear layer: logits = weight pooled + bias.
 *
 * `weight` is [K, D] row-major and `bias` [K], for K classes and D features; both are copied.
 *
 * @throws BioxError INVALID_ARGUMENT when the lengths do not fit each other or a weight is not finite.
 */
export class LinearProbe {
  readonly classes: number;
  readonly features: number;
  readonly #native: NativeProbe;

  constructor(weight: Float32Array, bias: Float32Array, options: BridgeOptions = {}) {
    checkFloats("weight", weight);
    checkFloats("bias", bias);
    this.classes = checkCount("the length of bias", bias.length);
    this.features = Math.max(1, Math.round(weight.length / bias.length));
    checkWeights("weight", weight, this.classes * this.features, `[K, D] for the K = ${this.classes} classes of bias`);
    checkWeights("bias", bias, this.classes, "[K]");
    const target = options.simd ? requireTarget("simd", options.simd, addon().targets) : activeTarget();
    try {
      this.#native = new (addon().Probe)(weight, bias, this.classes, this.features, target);
    } catch (cause) {
      throw new BioxError(
        "ENGINE_FAILED",
        `The probe's weights could not be packed: ${(cause as Error).message}.`,
        undefined,
        {
          cause,
        },
      );
    }
  }

  /** pooled [windows, D] -> logits [windows, K], written. */
  run(pooled: Float32Array, logits: Float32Array, windows = 1): void {
    checkCount("windows", windows);
    checkLength("pooled", pooled, windows * this.features, "[windows, D]");
    checkLength("logits", logits, windows * this.classes, "[windows, K]");
    checkApart("pooled", pooled, "logits", logits);
    this.#native.run(pooled, logits, windows);
  }
}

/**
 * Probabilities of each row of `classes` logits, computed in float64. `probs` may be `logits` itself.
 * A row that holds NaN or +Infinity has no probabilities and becomes NaN.
 */
export function softmax(logits: Float32Array, probs: Float32Array, classes: number): void {
  checkCount("classes", classes);
  checkFloats("logits", logits);
  const rows = checkCount("logits.length / classes", logits.length / classes);
  checkLength("probs", probs, logits.length, "as long as logits");
  if (probs !== logits) checkApart("logits", logits, "probs", probs);
  addon().softmax(logits, probs, rows, classes);
}

/**
 * Mean over time or tokens: [windows, T, channels] (NTC) or [windows, channels, T] (NCT) -> pooled [windows, channels].
 * Within 1e-5 of the float64 mean for any T, relative to the mean of the absolute values.
 */
export function poolMean(
  features: Float32Array,
  pooled: Float32Array,
  channels: number,
  layout: FeatureLayout,
  windows = 1,
  options: BridgeOptions = {},
): void {
  checkCount("channels", channels);
  checkCount("windows", windows);
  checkChoice("layout", FEATURE_LAYOUTS, layout);
  const time = timeOf(features, channels, windows);
  checkLength("pooled", pooled, windows * channels, "[windows, channels]");
  checkApart("features", features, "pooled", pooled);
  const target = options.simd ? requireTarget("simd", options.simd, addon().targets) : activeTarget();
  addon().poolMean(features, pooled, windows, time, channels, FEATURE_LAYOUTS.indexOf(layout), target);
}
