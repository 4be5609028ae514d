import { addon, type SimdTarget } from "./addon.js";
import { requireTarget } from "./simd.js";
import { checkCount } from "./validate.js";

/** Floats in a cache line of 64 bytes, which the addon skips at most to start on one. */
const LINE = 16;
/** kReadStep of native/kernels/kernels.h: `read` takes whole steps of this many floats. */
const READ_STEP = 128;
/** kSeedFloats of native/kernels/kernels.h. */
const SEED = 256;

/** Reads one block of memory over and over, as fast as a target's loads allow: the ceiling of a kernel bound by memory. */
export class ReadLoop {
  /** Bytes that one run reads: the asked for, rounded to whole steps of 512. */
  readonly bytes: number;
  readonly #memory: Float32Array;
  readonly #target: SimdTarget;

  constructor(bytes: number, target: SimdTarget) {
    checkCount("bytes", bytes);
    this.#target = requireTarget("target", target, addon().targets);
    const floats = Math.max(1, Math.round(bytes / 4 / READ_STEP)) * READ_STEP;
    this.bytes = floats * 4;
    // Written, or the system would map every page to the same zeros.
    this.#memory = new Float32Array(floats + LINE).fill(1);
  }

  run(): void {
    addon().read(this.#memory, this.bytes / 4, 1, this.#target);
  }
}

/** Does multiply-adds of a target that need no memory: the ceiling of a kernel bound by arithmetic. */
export class MultiplyAddLoop {
  /** Multiply-adds that one run does. */
  readonly count: number;
  readonly #seed = new Float32Array(SEED).fill(0.5);
  readonly #steps: number;
  readonly #target: SimdTarget;

  constructor(steps: number, target: SimdTarget) {
    this.#steps = checkCount("steps", steps);
    this.#target = requireTarget("target", target, addon().targets);
    this.count = addon().multiplyAdds(this.#seed, steps, this.#target);
  }

  run(): void {
    addon().multiplyAdds(this.#seed, this.#steps, this.#target);
  }
}
