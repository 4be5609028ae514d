import { invalidArgument } from "../errors.js";

/** Something whose time is wanted. A run that returns a promise is awaited; one that does not costs no turn of the event loop. */
export interface Contender {
  run(): unknown;
}

export interface InterleaveOptions {
  /** Samples of each contender, the median of which counts. Whole, at least 1. */
  rounds: number;
  /** Calls of one sample together take at least about this long: longer than timer resolution, shorter than a scheduler's slice. */
  sampleMs?: number;
  /** What counts of the samples of one contender; the median by default. */
  take?: (samples: readonly number[]) => number;
}

/** Milliseconds of `calls` calls, after one that is not timed and brings code and data back into the caches. */
async function sample(contender: Contender, calls: number): Promise<number> {
  const first = contender.run();
  if (first instanceof Promise) {
    await first;
    const begin = performance.now();
    for (let i = 0; i < calls; i++) await contender.run();
    return performance.now() - begin;
  }
  const begin = performance.now();
  for (let i = 0; i < calls; i++) contender.run();
  return performance.now() - begin;
}

async function callsFor(contender: Contender, sampleMs: number): Promise<number> {
  let calls = 1;
  for (;;) {
    const ms = await sample(contender, calls);
    if (ms >= sampleMs / 2) return Math.max(1, Math.round((calls * sampleMs) / ms));
    calls *= 2;
  }
}

/** The middle value; of an even number the mean of the middle two. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/**
 * Microseconds that one call of each contender takes: median, or what `take` says, over rounds in which each has its turn, so that whatever slows the
 * machine for a while slows all of them. Each round starts with another contender.
 */
export async function interleave(contenders: readonly Contender[], options: InterleaveOptions): Promise<number[]> {
  const { rounds, sampleMs = 1, take = median } = options;
  if (!Number.isInteger(rounds) || rounds < 1) throw invalidArgument("rounds", "a whole number of at least 1", rounds);
  const calls: number[] = [];
  for (const contender of contenders) calls.push(await callsFor(contender, sampleMs));
  const samples: number[][] = contenders.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < contenders.length; turn++) {
      const i = (round + turn) % contenders.length;
      samples[i]!.push(((await sample(contenders[i]!, calls[i]!)) * 1e3) / calls[i]!);
    }
  }
  return samples.map(take);
}
