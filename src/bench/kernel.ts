import { PRECISIONS, type Precision, type SimdTarget } from "../bridge/index.js";
import { invalidArgument } from "../errors.js";
import { type Contender, interleave } from "./interleave.js";
import { BridgeSession } from "./kernel-session.js";
import { kernelCase, kernelVariants, maxRelError, requireEqual, type Variant } from "./kernel-variants.js";
import { limitContenders, limitsOf, type MachineLimits } from "./limits.js";
import { type KernelRoute, routeSizes } from "./routes.js";

/** Beyond this batches gain nothing: the bridge shares weights among eight windows. */
const MAX_BATCH = 64;

/** One way to run the bridge, pooling included. */
export interface KernelResult {
  target: SimdTarget;
  plan: "factored" | "folded";
  precision: Precision;
  /** Windows of one run. */
  batch: number;
  /** The plan is what the planner takes for this target, precision and batch. */
  planned: boolean;
  /** Microseconds of one window: median. */
  us: number;
  /** Microseconds of one window without pooling; only where batches were asked for. */
  afterPoolUs?: number;
  /** `us` and `afterPoolUs` over those of batch 1; only of a batch. */
  ratio?: number;
  afterPoolRatio?: number;
  /** 10^9 bytes of weights, features and outputs a second, each counted once. */
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
  /** The same bridge as an ONNX graph in onnxruntime-node, one thread, one window. */
  onnxruntime: { us: number; maxRelError: number };
  /** onnxruntime's time over that of the fastest float32 kernel, or of the fastest at all where float32 was not measured; batch 1. */
  speedup: number;
  limits: MachineLimits;
}

export interface KernelOptions {
  /** Samples of each contender, of which the median counts. */
  rounds: number;
  /** Default: all. */
  precisions?: readonly Precision[];
  /** Windows of one run, 1 to 64, measured beside single ones. Default 1. */
  batch?: number;
}

/**
 * Times every target and plan of the bridge on one route, against ONNX Runtime and against the machine's own limits, interleaved in
 * this process on one thread, and compares all outputs with the float64 reference.
 *
 * @throws BioxError ENGINE_FAILED where an output is wrong, INVALID_ARGUMENT for a batch that is none
 */
export async function benchKernel(route: KernelRoute, options: KernelOptions): Promise<KernelReport> {
  const { batch = 1 } = options;
  if (!Number.isInteger(batch) || batch < 1 || batch > MAX_BATCH)
    throw invalidArgument("batch", `a whole number from 1 to ${MAX_BATCH}`, batch);
  const sizes = routeSizes(route);
  const work = kernelCase(route, batch);
  const variants = kernelVariants(work, options.precisions ?? PRECISIONS, batch === 1 ? [1] : [1, batch]);
  const out = work.out.subarray(0, sizes.out);
  const session = await BridgeSession.create(work.weights, route, work.features.subarray(0, sizes.features), out);
  try {
    await session.run();
    const sessionError = maxRelError(out, work.expected.subarray(0, sizes.out));
    requireEqual("ONNX Runtime", sessionError, "float32");

    const loops = limitContenders(variants.map(({ bytes }) => bytes));
    const afterPool: Contender[] = batch === 1 ? [] : variants.map((variant) => ({ run: () => variant.afterPool() }));
    const contenders = [session, ...variants, ...loops, ...afterPool];
    const [ortUs, ...times] = (await interleave(contenders, options)) as [number, ...number[]];
    const limits = limitsOf(loops, times.slice(variants.length, variants.length + loops.length));
    const afterPoolTimes = times.slice(variants.length + loops.length);
    const results = variants.map((variant, i) => {
      const { target, plan, precision, planned, bytes, maxRelError } = variant;
      const windows = variant.batch;
      const us = times[i]! / windows;
      const least = leastUs(variant, limits) / windows;
      const operations = 2 * sizes.multiplyAdds[plan] + sizes.features;
      const result: KernelResult = {
        target,
        plan,
        precision,
        batch: windows,
        planned,
        us,
        gbps: bytes / windows / us / 1e3,
        gflops: operations / us / 1e3,
        roofline: least / us,
        maxRelError,
      };
      if (batch > 1) result.afterPoolUs = afterPoolTimes[i]! / windows;
      return result;
    });
    compareBatches(results);
    const single = results.filter((result) => result.batch === 1);
    const exact = single.filter(({ precision }) => precision === "float32");
    const fastest = Math.min(...(exact.length > 0 ? exact : single).map(({ us }) => us));
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

/** Least time of one run, in microseconds. */
function leastUs({ steps, bytes }: Variant, limits: MachineLimits): number {
  const read = limits.read.find((limit) => limit.bytes === bytes)!;
  return steps.reduce(
    (sum, step) => sum + Math.max(step.bytes / read.gbps, (2 * step.multiplyAdds) / limits.gflops) / 1e3,
    0,
  );
}

/** Batches follow the single windows of the same kernel. */
function compareBatches(results: readonly KernelResult[]): void {
  results.forEach((result, i) => {
    const single = results[i - 1];
    if (result.batch === 1 || single === undefined) return;
    result.ratio = result.us / single.us;
    result.afterPoolRatio = result.afterPoolUs! / single.afterPoolUs!;
  });
}
