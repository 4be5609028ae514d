import { kindOf, type Span, type Station } from "./families.js";

/** Longest block that is looked for, in stretches between two cuts. */
const LONGEST_PERIOD = 64;

/** Beyond so many stretches no block is looked for, since the search takes their number times the longest period. */
const MOST_STRETCHES = 20_000;

/**
 * Blocks of a graph without module names: the run of stretches between cuts in which the same kinds follow one
 * another again and again, over as many weighty operators as possible. Undefined where nothing repeats.
 *
 * @param stations nodes by position
 * @param cuts positions of the cuts, ascending
 */
export function repeatedBlocks(stations: readonly Station[], cuts: readonly number[]): Span[] | undefined {
  const stretches = between(stations, cuts);
  if (stretches.length > MOST_STRETCHES) return undefined;
  const kinds = stretches.map(kindOf);
  const weighty = kinds.map((kind) => (kind === "" ? 0 : kind.split(",").length));
  let best: { start: number; period: number; times: number } | undefined;
  let most = 0;
  for (let period = 1; period <= Math.min(LONGEST_PERIOD, kinds.length / 2); period++)
    // A run of stretches that equal those one period on, each start just after a mismatch.
    for (let start = 0, end = 0; start + 2 * period <= kinds.length; start = end + 1) {
      for (end = start; end + period < kinds.length && kinds[end] === kinds[end + period]; ) end++;
      const times = Math.floor((end - start) / period) + 1;
      if (times < 2) continue;
      const nodes = sum(weighty, start, start + times * period);
      // A longer period that covers no more is the same block twice.
      if (nodes > most) [best, most] = [{ start, period, times }, nodes];
    }
  if (best === undefined) return undefined;
  const { start, period, times } = best;
  return Array.from({ length: times }, (_, k) => {
    const own = stretches.slice(start + k * period, start + (k + 1) * period).flat();
    return { first: own[0]!.position, last: own.at(-1)!.position };
  });
}

/** Nodes before the first cut, from each cut to the next, and after the last. */
function between(stations: readonly Station[], cuts: readonly number[]): Station[][] {
  let at = 0;
  return [...cuts, Number.POSITIVE_INFINITY].map((cut) => {
    const begin = at;
    while (at < stations.length && stations[at]!.position < cut) at++;
    return stations.slice(begin, at);
  });
}

function sum(numbers: readonly number[], from: number, to: number): number {
  let total = 0;
  for (let i = from; i < to; i++) total += numbers[i]!;
  return total;
}
