import { BioxError, invalidArgument } from "../errors.js";
import { addon, type NativeBridgeGradient } from "./addon.js";
import type { BridgeOptions } from "./bridge.js";
import type { BridgeShape, BridgeWeights, TargetLayout } from "./shape.js";
import { activeTarget, requireTarget } from "./simd.js";
import { checkApart, checkChoice, checkCount, checkLength } from "./validate.js";

const TARGET_LAYOUTS: readonly TargetLayout[] = ["tokens-first", "channels-first", "raw"];

export interface BridgeGradientSpec extends BridgeShape {
  targetLayout: TargetLayout;
}

/**
 * The bridge for training: forward from pooled features, and the gradients of its three weights from that of its output.
 *
 * Weights are read as they lie at each call, since they change at each step. Calls are synchronous, allocate nothing and
 * give the same bits each time. float32, within 1e-4 of a float64 computation in the norm of each gradient.
 *
 * @throws BioxError INVALID_ARGUMENT for any size, layout or length that does not fit; ENGINE_FAILED without memory for the
 * scratch of 2 * windows * prototypes * tokens floats; ADDON_NOT_FOUND
 */
export class BridgeGradient {
  readonly #native: NativeBridgeGradient;
  readonly #spec: BridgeGradientSpec;
  readonly #limit: number;
  #ran = 0;

  /** @param windows the most that one call may have */
  constructor(spec: BridgeGradientSpec, windows: number, options: Pick<BridgeOptions, "simd"> = {}) {
    if (spec === null || typeof spec !== "object")
      throw invalidArgument("spec", "an object with the bridge's sizes", spec);
    this.#spec = {
      channelsIn: checkCount("channelsIn", spec.channelsIn),
      rank: checkCount("rank", spec.rank),
      prototypes: checkCount("prototypes", spec.prototypes),
      tokens: checkCount("tokens", spec.tokens),
      width: checkCount("width", spec.width),
      targetLayout: checkChoice("targetLayout", TARGET_LAYOUTS, spec.targetLayout),
    };
    this.#limit = checkCount("windows", windows);
    const { channelsIn, rank, prototypes, tokens, width, targetLayout } = this.#spec;
    const target = options.simd ? requireTarget("simd", options.simd, addon().targets) : activeTarget();
    const order = targetLayout === "tokens-first" ? 0 : 1;
    try {
      this.#native = new (addon().BridgeGradient)(
        channelsIn,
        rank,
        prototypes,
        tokens,
        width,
        order,
        this.#limit,
        target,
      );
    } catch (cause) {
      throw new BioxError(
        "ENGINE_FAILED",
        `There is no room to train this bridge with ${windows} windows at once: ${(cause as Error).message}.`,
        "Take smaller batches, or free memory.",
        { cause },
      );
    }
  }

  /** x [windows, C_in] -> out [windows, T, C_out] (tokens-first) or [windows, C_out, T]; written. */
  forward(weights: BridgeWeights, x: Float32Array, out: Float32Array, windows: number): void {
    this.#checkWindows(windows);
    this.#checkWeights("", weights);
    checkLength("x", x, windows * this.#spec.channelsIn, "[windows, channelsIn]");
    this.#checkOut("out", out, windows);
    checkApart("x", x, "out", out);
    this.#native.forward(weights.A, weights.B, weights.prototypes, x, windows, out);
    this.#ran = windows;
  }

  /**
   * The loss's gradients by the weights, from `dOut`, its gradient by the out of the last {@link forward}.
   *
   * @param weights the same as of that call, as `x` is
   * @param gradients written; as long as the weights
   */
  backward(weights: BridgeWeights, x: Float32Array, dOut: Float32Array, gradients: BridgeWeights): void {
    if (this.#ran === 0) throw invalidArgument("backward", "called after forward", "a call without it");
    this.#checkWeights("", weights);
    this.#checkWeights("the gradient of ", gradients);
    checkLength("x", x, this.#ran * this.#spec.channelsIn, "[windows, channelsIn]");
    this.#checkOut("dOut", dOut, this.#ran);
    for (const name of ["A", "B", "prototypes"] as const) {
      checkApart(name, weights[name], `the gradient of ${name}`, gradients[name]);
      checkApart("dOut", dOut, `the gradient of ${name}`, gradients[name]);
    }
    this.#native.backward(
      weights.A,
      weights.B,
      weights.prototypes,
      x,
      dOut,
      this.#ran,
      gradients.A,
      gradients.B,
      gradients.prototypes,
    );
  }

  #checkWindows(windows: number): void {
    if (checkCount("windows", windows) > this.#limit)
      throw invalidArgument("windows", `at most ${this.#limit}, as was asked for`, windows);
  }

  #checkWeights(what: string, weights: BridgeWeights): void {
    const { channelsIn, rank, prototypes, tokens, width } = this.#spec;
    checkLength(`${what}A`, weights?.A, rank * channelsIn, "[rank, channelsIn]");
    checkLength(`${what}B`, weights?.B, prototypes * tokens * rank, "[prototypes * tokens, rank]");
    checkLength(`${what}prototypes`, weights?.prototypes, width * prototypes, "[width, prototypes]");
  }

  #checkOut(name: string, out: Float32Array, windows: number): void {
    const { tokens, width } = this.#spec;
    checkLength(name, out, windows * tokens * width, "[windows, tokens, width] in either order");
  }
}
