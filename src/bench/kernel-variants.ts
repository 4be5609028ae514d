import { Bridge, type BridgeWeights, bridgeReference, type Precision, type SimdTarget, simd } from "../bridge/index.js";
import { BioxError } from "../errors.js";
import { type KernelRoute, planSteps, routeSizes, type StepWork } from "./routes.js";
import { sequence } from "./synthetic/sequence.js";

const PLANS = ["factored", "folded"] as const;
/** So near to the float64 reference of float32 weights, relative to its largest number, an output is, or something is wrong. */
const TOLERANCE: Record<Precision, number> = { float32: 1e-4, float16: 2e-2, int8: 0.3 };

/** One way to run the bridge on a number of windows. */
export interface Variant {
  target: SimdTarget;
  plan: "factored" | "folded";
  precision: Precision;
  /** Windows of one run. */
  batch: number;
  /** The plan is what the planner takes for this target, precision and batch. */
  planned: boolean;
  steps: [pool: StepWork, ...rest: StepWork[]];
  /** Bytes that a run reads and writes: those of all steps. */
  bytes: number;
  /** Pooling and all the rest. */
  run(): void;
  /** All but pooling. */
  afterPool(): void;
  maxRelError: number;
}

/** A route with seeded weights, features and the float64 reference's output for them. */
export interface KernelCase {
  route: KernelRoute;
  weights: BridgeWeights;
  /** Of as many windows as the largest batch has. */
  features: Float32Array;
  expected: Float64Array;
  out: Float32Array;
}

/** Times do not depend on the values. */
export function kernelCase(route: KernelRoute, windows: number): KernelCase {
  const { channelsIn, rank, prototypes, tokens, width } = route.shape;
  const { featureLayout, targetLayout } = route;
  const sizes = routeSizes(route);
  const weights = {
    A: sequence(rank * channelsIn, 1),
    B: sequence(prototypes * tokens * rank, 2),
    prototypes: sequence(width * prototypes, 3),
  };
  const features = sequence(windows * sizes.features, 4);
  const spec = { ...route.shape, featureLayout, targetLayout };
  const expected = bridgeReference(weights, spec, features, windows).out;
  return { route, weights, features, expected, out: new Float32Array(windows * sizes.out) };
}

/** max |a - b| / max |b|, infinite where a is not finite. */
export function maxRelError(a: Float32Array, b: Float64Array): number {
  let difference = 0;
  let scale = 0;
  for (let i = 0; i < b.length; i++) {
    const d = Math.abs(a[i]! - b[i]!);
    if (!(d <= difference)) difference = Number.isNaN(d) ? Number.POSITIVE_INFINITY : d;
    scale = Math.max(scale, Math.abs(b[i]!));
  }
  return difference === 0 ? 0 : difference / scale;
}

/** @throws BioxError ENGINE_FAILED where an output is wrong */
export function requireEqual(who: string, error: number, precision: Precision): void {
  const tolerance = TOLERANCE[precision];
  if (error <= tolerance) return;
  throw new BioxError(
    "ENGINE_FAILED",
    `${who} is wrong: it differs from the float64 reference by ${error.toPrecision(2)} of the largest output, where ${tolerance} is allowed.`,
    "Times of wrong results mean nothing: build the addon again with `node scripts/build-addon.mjs`, and run its tests.",
  );
}

/**
 * Every target, precision, plan and batch, each run once and compared with the reference.
 *
 * @throws BioxError ENGINE_FAILED where an output is wrong
 */
export function kernelVariants(
  { route, weights, features, expected, out }: KernelCase,
  precisions: readonly Precision[],
  batches: readonly number[],
): Variant[] {
  const sizes = routeSizes(route);
  const { featureLayout, targetLayout } = route;
  const spec = { ...route.shape, featureLayout, targetLayout };
  return simd().available.flatMap((target) =>
    precisions.flatMap((precision) => {
      const chosen = batches.map(
        (batch) => new Bridge(weights, { ...spec, precision }, { simd: target, batch }).info().plan,
      );
      return PLANS.flatMap((plan) => {
        const bridge = new Bridge(weights, { ...spec, plan, precision }, { simd: target });
        return batches.map((batch, i): Variant => {
          const windows = features.subarray(0, batch * sizes.features);
          const result = out.subarray(0, batch * sizes.out);
          const pooled = new Float32Array(batch * route.shape.channelsIn);
          const hidden = new Float32Array(batch * route.shape.rank);
          bridge.pool(windows, pooled, batch);
          bridge.run(windows, result, batch);
          const error = maxRelError(result, expected.subarray(0, result.length));
          requireEqual(`Kernel ${target} ${plan} ${precision}`, error, precision);
          const steps = planSteps(route, plan, precision, batch);
          return {
            target,
            plan,
            precision,
            batch,
            planned: chosen[i] === plan,
            steps,
            bytes: steps.reduce((sum, step) => sum + step.bytes, 0),
            run: () => bridge.run(windows, result, batch),
            afterPool: () => {
              bridge.project(pooled, hidden, batch);
              bridge.expandMix(hidden, result, batch);
            },
            maxRelError: error,
          };
        });
      });
    }),
  );
}
