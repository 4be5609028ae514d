import {
  Bridge,
  type BridgeWeights,
  bridgeReference,
  PRECISIONS,
  type Precision,
  type SimdTarget,
  simd,
} from "../bridge/index.js";
import { BioxError } from "../errors.js";
import { interleave } from "./interleave.js";
import { BridgeSession } from "./kernel-session.js";
import { limitContenders, limitsOf, type MachineLimits } from "./limits.js";
import { type KernelRoute, planSteps, routeSizes, type StepWork } from "./routes.js";
import { sequence } from "./synthetic/sequence.js";

const PLANS = ["factored", "folded"] as const;
/** So near to the float64 reference of float32 weights, relative to its largest number, an output is, or something is wrong. */
const TOLERANCE: Record<Precision, number> = { float32: 1e-4, float16: 2e-2, int8: 0.3 };

/** One way to run the bridge, pooling included. */
export interface KernelResult {
  target: SimdTarget;
  plan: "factored" | "folded";
  precision: Precision;
  /** Microseconds of one window: median. */
  us: number;
  /** 10^9 bytes of weights and features a second, each counted once. */
  gbps: number;
  /** 10^9 additions and multiplications a second. */
  gflops: number;
  /**
   * Least time over the time taken, 0 to about 1. Each step of the plan needs all of the one before it, so least times of steps add up;
   * that of one step is set by the machine's limit of memory or of arithmetic, whichever is longer.
   */
  roofline: number;
  /** Largest difference from the float64 reference, relative to its largest number. */
  maxRelError: number;
}

export interface KernelReport {
  route: string;
  results: KernelResult[];
  /** The same bridge as an ONNX graph in onnxruntime-node, one thread. */
  onnxruntime: { us: number; maxRelError: number };
  /** onnxruntime's time over that of the fastest float32 kernel, or of the fastest at all where float32 was not measured. */
  speedup: number;
  limits: MachineLimits;
}

interface Variant {
  target: SimdTarget;
  plan: "factored" | "folded";
  precision: Precision;
  steps: StepWork[];
  /** Weights and features that a window reads: those of all steps. */
  bytes: number;
  run(): void;
  maxRelError: number;
}

export interface KernelOptions {
  /** Samples of each contender, of which the median counts. */
  rounds: number;
  /** Default: all. */
  precisions?: readonly Precision[];
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

/** Seeded weights; times do not depend on their values. */
function randomWeights({ shape }: KernelRoute): BridgeWeights {
  const { channelsIn, rank, prototypes, tokens, width } = shape;
  return {
    A: sequence(rank * channelsIn, 1),
    B: sequence(prototypes * tokens * rank, 2),
    prototypes: sequence(width * prototypes, 3),
  };
}

function requireEqual(who: string, error: number, tolerance: number): void {
  if (error <= tolerance) return;
  throw new BioxError(
    "ENGINE_FAILED",
    `${who} is wrong: it differs from the float64 reference by ${error.toPrecision(2)} of the largest output, where ${tolerance} is allowed.`,
    "Times of wrong results mean nothing: build the addon again with `node scripts/build-addon.mjs`, and run its tests.",
  );
}

/**
 * Times every target and plan of the bridge on one route, against ONNX Runtime and against the machine's own limits, interleaved in
 * this process on one thread, and compares all outputs with the float64 reference.
 *
 * @throws BioxError ENGINE_FAILED where an output is wrong
 */
export async function benchKernel(route: KernelRoute, options: KernelOptions): Promise<KernelReport> {
  const sizes = routeSizes(route);
  const weights = randomWeights(route);
  const features = sequence(sizes.features, 4);
  const spec = { ...route.shape, featureLayout: route.featureLayout, targetLayout: route.targetLayout };
  const expected = bridgeReference(weights, spec, features).out;
  const out = new Float32Array(sizes.out);

  const variants: Variant[] = [];
  for (const target of simd().available)
    for (const precision of options.precisions ?? PRECISIONS)
      for (const plan of PLANS) {
        const bridge = new Bridge(weights, { ...spec, plan, precision }, { simd: target });
        const run = (): void => bridge.run(features, out);
        run();
        const error = maxRelError(out, expected);
        requireEqual(`Kernel ${target} ${plan} ${precision}`, error, TOLERANCE[precision]);
        const steps = planSteps(route, plan, precision);
        const bytes = steps.reduce((sum, step) => sum + step.bytes, 0);
        variants.push({ target, plan, precision, steps, bytes, run, maxRelError: error });
      }
  const session = await BridgeSession.create(weights, route, features, out);
  try {
    await session.run();
    const sessionError = maxRelError(out, expected);
    requireEqual("ONNX Runtime", sessionError, TOLERANCE.float32);

    const loops = limitContenders(variants.map(({ bytes }) => bytes));
    const [ortUs, ...times] = (await interleave([session, ...variants, ...loops], options)) as [number, ...number[]];
    const limits = limitsOf(loops, times.slice(variants.length));
    const results = variants.map(({ target, plan, precision, steps, bytes, maxRelError }, i): KernelResult => {
      const us = times[i]!;
      const multiplyAdds = sizes.multiplyAdds[plan];
      const read = limits.read.find((limit) => limit.bytes === bytes)!;
      const leastUs = steps.reduce(
        (sum, step) => sum + Math.max(step.bytes / read.gbps, (2 * step.multiplyAdds) / limits.gflops) / 1e3,
        0,
      );
      return {
        target,
        plan,
        precision,
        us,
        gbps: bytes / us / 1e3,
        gflops: (2 * multiplyAdds + sizes.features) / us / 1e3,
        roofline: leastUs / us,
        maxRelError,
      };
    });
    const exact = results.filter(({ precision }) => precision === "float32");
    const fastest = Math.min(...(exact.length > 0 ? exact : results).map(({ us }) => us));
    return {
      route: route.name,
      results,
      onnxruntime: { us: ortUs, maxRelError: sessionError },
      speedup: ortUs / fastest,
      limits,
    };
  } finally {
    await session.release();
  }
}
