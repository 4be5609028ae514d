import { BioxError, invalidArgument } from "../errors.js";
import { addon, type NativeBridge, type SimdTarget } from "./addon.js";
import { type Caches, checkCaches, machineCaches } from "./caches.js";
import { differenceOf, PRECISIONS, requirePrecision } from "./precision.js";
import type { BridgeSpec, BridgeWeights, FeatureLayout, TargetLayout } from "./shape.js";
import { activeTarget, requireTarget } from "./simd.js";
import { checkApart, checkChoice, checkCount, checkLength, checkWeights, timeOf } from "./validate.js";

export const FEATURE_LAYOUTS: readonly FeatureLayout[] = ["NTC", "NCT"];
const TARGET_LAYOUTS: readonly TargetLayout[] = ["tokens-first", "channels-first", "raw"];
const PLANS = ["factored", "folded", "auto"] as const;

/** Packed weights beyond this are a mistake in a shape, not a bridge: 16 GB. */
const MAX_PACKED = 2 ** 32;

export interface BridgeInfo extends Required<BridgeSpec> {
  plan: "factored" | "folded";
  /** One sentence: what each plan would cost, or that the plan was asked for. */
  reason: string;
  simd: SimdTarget;
  /**
   * What weights of fewer bits change, measured at load: largest difference from float32 weights on a few inputs, relative to the largest
   * output. 0 for float32.
   */
  precisionError: number;
  /** Bytes of packed weights, padding included. */
  weightBytes: number;
  /** Multiply-adds of one window after pooling. */
  multiplyAdds: number;
  /** Windows that the plan was chosen for. */
  batch: number;
  /** Bytes of the caches that the plan was chosen for. */
  caches: Caches;
}

export interface BridgeOptions {
  /** Kernels to use in place of the active ones; for tests and benchmarks. */
  simd?: SimdTarget;
  /** Windows that one run usually has, for the choice of a plan: any run may have more or fewer. Default 1. */
  batch?: number;
  /** Caches to choose the plan for in place of this machine's. */
  caches?: Caches;
}

function checkSpec(spec: BridgeSpec): Required<BridgeSpec> {
  if (spec === null || typeof spec !== "object")
    throw invalidArgument("spec", "an object with the bridge's sizes", spec);
  return {
    channelsIn: checkCount("channelsIn", spec.channelsIn),
    rank: checkCount("rank", spec.rank),
    prototypes: checkCount("prototypes", spec.prototypes),
    tokens: checkCount("tokens", spec.tokens),
    width: checkCount("width", spec.width),
    featureLayout: checkChoice("featureLayout", FEATURE_LAYOUTS, spec.featureLayout),
    targetLayout: checkChoice("targetLayout", TARGET_LAYOUTS, spec.targetLayout),
    plan: checkChoice("plan", PLANS, spec.plan ?? "auto"),
    precision: requirePrecision(spec.precision),
  };
}

/**
 * The prototype network between two frozen halves: x = mean over time of the features, h = A x, w = B h, Z = prototypes w.
 *
 * Weights are checked and packed once, by the constructor. A run is synchronous (microseconds), allocates nothing, writes into
 * the caller's array and gives the same bits each time. Results are float32 within 1e-5 of a float64 computation, relative to
 * the largest output; with weights of fewer
 * bits add `info().precisionError`, typically below 1e-3 with float16 and 1e-2 with int8. A feature that is not finite makes the outputs
 * of its window not finite. Several windows in one run read the weights once for eight of them; each gets the same bits as alone.
 *
 * @throws BioxError INVALID_ARGUMENT for any size, layout, length or weight that does not fit; ADDON_NOT_FOUND.
 */
export class Bridge {
  readonly #native: NativeBridge;
  readonly #spec: Required<BridgeSpec>;
  readonly #simd: SimdTarget;
  readonly #precisionError: number;
  readonly #batch: number;
  readonly #caches: Caches;

  constructor(weights: BridgeWeights, spec: BridgeSpec, options: BridgeOptions = {}) {
    const checked = checkSpec(spec);
    const { channelsIn, rank, prototypes, tokens, width } = checked;
    if (weights === null || typeof weights !== "object")
      throw invalidArgument("weights", "an object with A, B and prototypes", weights);
    checkWeights("A", weights.A, rank * channelsIn, `[rank ${rank}, channelsIn ${channelsIn}]`);
    checkWeights(
      "B",
      weights.B,
      prototypes * tokens * rank,
      `[prototypes ${prototypes} * tokens ${tokens}, rank ${rank}]`,
    );
    checkWeights("prototypes", weights.prototypes, width * prototypes, `[width ${width}, prototypes ${prototypes}]`);
    if (checked.plan === "folded" && rank * width * tokens > MAX_PACKED)
      throw invalidArgument("plan", `'factored' or 'auto' for ${rank} matrices of ${width} x ${tokens}`, checked.plan);

    this.#spec = checked;
    this.#simd = options.simd ? requireTarget("simd", options.simd, addon().targets) : activeTarget();
    this.#batch = checkCount("batch", options.batch ?? 1);
    this.#caches = options.caches === undefined ? machineCaches() : checkCaches(options.caches);
    const build = (plan: BridgeInfo["plan"] | "auto", precision: BridgeInfo["precision"]): NativeBridge =>
      new (addon().Bridge)(
        weights.A,
        weights.B,
        weights.prototypes,
        channelsIn,
        rank,
        prototypes,
        tokens,
        width,
        FEATURE_LAYOUTS.indexOf(checked.featureLayout),
        checked.targetLayout === "tokens-first" ? 0 : 1,
        PLANS.indexOf(plan),
        this.#simd,
        PRECISIONS.indexOf(precision),
        this.#batch,
        this.#caches.l2,
        this.#caches.l3,
      );
    try {
      this.#native = build(checked.plan, checked.precision);
      this.#precisionError =
        checked.precision === "float32"
          ? 0
          : differenceOf(this.#native, build(this.#native.info().plan, "float32"), {
              channelsIn,
              rank,
              outputs: tokens * width,
            });
    } catch (cause) {
      throw new BioxError(
        "ENGINE_FAILED",
        `The bridge's weights could not be packed: ${(cause as Error).message}.`,
        "Free memory, or use the plan 'factored', which packs no more than the weights themselves.",
        { cause },
      );
    }
  }

  /**
   * The whole bridge for one or more windows.
   *
   * @param features [windows, T_in, C_in] (NTC) or [windows, C_in, T_in] (NCT); T_in follows from the length.
   * @param out [windows, T, C_out] (tokens-first) or [windows, C_out, T] (channels-first, raw); written.
   */
  run(features: Float32Array, out: Float32Array, windows = 1): void {
    checkCount("windows", windows);
    const time = timeOf(features, this.#spec.channelsIn, windows);
    this.#checkOut(out, windows);
    checkApart("features", features, "out", out);
    this.#native.run(features, out, windows, time);
  }

  /** First step alone: features -> pooled [windows, C_in]. */
  pool(features: Float32Array, pooled: Float32Array, windows = 1): void {
    checkCount("windows", windows);
    const time = timeOf(features, this.#spec.channelsIn, windows);
    this.#checkPooled(pooled, windows);
    checkApart("features", features, "pooled", pooled);
    this.#native.pool(features, pooled, windows, time);
  }

  /** Second step alone: pooled [windows, C_in] -> hidden [windows, r]. */
  project(pooled: Float32Array, hidden: Float32Array, windows = 1): void {
    checkCount("windows", windows);
    this.#checkPooled(pooled, windows);
    this.#checkHidden(hidden, windows);
    checkApart("pooled", pooled, "hidden", hidden);
    this.#native.project(pooled, hidden, windows);
  }

  /** The remaining steps: hidden [windows, r] -> out, as of {@link run}. */
  expandMix(hidden: Float32Array, out: Float32Array, windows = 1): void {
    checkCount("windows", windows);
    this.#checkHidden(hidden, windows);
    this.#checkOut(out, windows);
    checkApart("hidden", hidden, "out", out);
    this.#native.expandMix(hidden, out, windows);
  }

  /** Which plan and kernels are in use, why, and what a window costs. */
  info(): BridgeInfo {
    const native = this.#native.info();
    const { factored, folded } = native;
    const chosen = native[native.plan];
    const cost = (name: string, { bytes, multiplyAdds }: typeof chosen) =>
      `${name} ${(bytes / 1e6).toFixed(2)} MB and ${(multiplyAdds / 1e6).toFixed(2)} M multiply-adds`;
    return {
      ...this.#spec,
      plan: native.plan,
      reason:
        this.#spec.plan === "auto"
          ? `faster for this shape, ${this.#setting()}: ${cost("factored", factored)}, ${cost("folded", folded)} a window`
          : `asked for: ${cost(native.plan, chosen)} a window`,
      simd: this.#simd,
      precisionError: this.#precisionError,
      weightBytes: native.weightBytes,
      multiplyAdds: chosen.multiplyAdds,
      batch: this.#batch,
      caches: this.#caches,
    };
  }

  #setting(): string {
    const size = (bytes: number) => (bytes > 0 ? `${(bytes / 2 ** 20).toFixed(1)} MB` : "none");
    return `${this.#spec.precision}, batch ${this.#batch}, L2 ${size(this.#caches.l2)}, L3 ${size(this.#caches.l3)}`;
  }

  #checkPooled(pooled: Float32Array, windows: number): void {
    checkLength("pooled", pooled, windows * this.#spec.channelsIn, "[windows, channelsIn]");
  }

  #checkHidden(hidden: Float32Array, windows: number): void {
    checkLength("hidden", hidden, windows * this.#spec.rank, "[windows, rank]");
  }

  #checkOut(out: Float32Array, windows: number): void {
    checkLength("out", out, windows * this.#spec.tokens * this.#spec.width, "[windows, tokens, width] in either order");
  }
}
