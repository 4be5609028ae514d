import { MultiplyAddLoop, ReadLoop, simd } from "../bridge/index.js";
import type { Contender } from "./interleave.js";

/** What this machine could do at best, measured while the kernels were. */
export interface MachineLimits {
  /** 10^9 additions and multiplications a second, one thread, float32. */
  gflops: number;
  /** 10^9 bytes read a second, one thread, from memory of that many bytes read again and again. */
  read: { bytes: number; gbps: number }[];
}

/** A loop of the machine's limits, with the amount that one run does. */
export interface LimitContender extends Contender {
  readonly kind: "read" | "multiplyAdds";
  /** Bytes of the working set that was asked for; 0 for arithmetic. */
  readonly bytes: number;
  /** Bytes read or operations done by one run. */
  readonly amount: number;
}

/** Enough that calling it costs nothing, few enough for one sample to last less than a millisecond. */
const STEPS = 20_000;

/** Loops of every target that can run here, for each working set. */
export function limitContenders(workingSets: readonly number[]): LimitContender[] {
  return simd().available.flatMap((target) => {
    const arithmetic = new MultiplyAddLoop(STEPS, target);
    const reads = [...new Set(workingSets)].map((bytes): LimitContender => {
      const loop = new ReadLoop(bytes, target);
      return { kind: "read", bytes, amount: loop.bytes, run: () => loop.run() };
    });
    return [{ kind: "multiplyAdds", bytes: 0, amount: 2 * arithmetic.count, run: () => arithmetic.run() }, ...reads];
  });
}

/**
 * The machine's limit is that of its best target. A working set is read no slower than a larger one: where it seems to be, its memory
 * lay badly in the caches, and the larger one's rate is taken. `us`: time of one run of each loop, in microseconds.
 */
export function limitsOf(loops: readonly LimitContender[], us: readonly number[]): MachineLimits {
  const best = (wanted: (loop: LimitContender) => boolean): number =>
    Math.max(...loops.map((loop, i) => (wanted(loop) ? loop.amount / us[i]! / 1e3 : 0)));
  const sizes = new Set(loops.filter(({ kind }) => kind === "read").map(({ bytes }) => bytes));
  return {
    gflops: best(({ kind }) => kind === "multiplyAdds"),
    read: [...sizes].map((bytes) => ({ bytes, gbps: best((loop) => loop.kind === "read" && loop.bytes >= bytes) })),
  };
}
