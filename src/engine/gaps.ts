import type { Manifest } from "../bundle/index.js";

/** What a bundle wants done about lost samples. */
export type GapPolicy = Manifest["gaps"];

/** Ranges that a prediction lists at most; the longest ones. */
const MOST_RANGES = 32;

/** What is lost in a window, and what the model saw in its place. */
export interface WindowGaps {
  /** Signal seconds that are missing, and of the longest gap, ms. */
  seconds: number;
  longestMs: number;
  /** A straight line between the neighbours, or the last value before the gap. */
  filled: "interpolated" | "held";
  /** First lost sample, counted from the window's start, and how many: in order, the 32 longest. */
  ranges: [number, number][];
}

/** The gaps of a window; undefined where nothing is lost. */
export function findGaps(lost: Uint8Array, rate: number, policy: GapPolicy): WindowGaps | undefined {
  const ranges: [number, number][] = [];
  let missing = 0;
  for (let from = 0; from < lost.length; from++) {
    if (!lost[from]) continue;
    let to = from + 1;
    while (to < lost.length && lost[to]) to++;
    ranges.push([from, to - from]);
    missing += to - from;
    from = to;
  }
  if (missing === 0) return undefined;
  const longest = [...ranges].sort(([, a], [, b]) => b - a).slice(0, MOST_RANGES);
  return {
    seconds: missing / rate,
    longestMs: (1000 * longest[0]![1]) / rate,
    filled: policy.policy === "hold" ? "held" : "interpolated",
    ranges: longest.sort(([a], [b]) => a - b),
  };
}

/** Why a window with these gaps is not for the model; undefined where it is. */
export function refuseGaps(gaps: WindowGaps, { policy, longestMs }: GapPolicy): string | undefined {
  const longest = `${Math.round(gaps.longestMs)} ms`;
  if (policy === "skip")
    return `${Math.round(1000 * gaps.seconds)} ms of the window were lost, and the bundle takes none with gaps`;
  if (longestMs !== undefined && gaps.longestMs > longestMs)
    return `the window has a gap of ${longest}, longer than the ${longestMs} ms that the bundle bridges`;
  return undefined;
}

/** Puts the last value before a gap into it. `last` holds that of each channel, and is carried from call to call. */
export function holdThroughGaps(
  values: readonly Float64Array[],
  lost: Uint8Array,
  count: number,
  last: Float64Array,
): void {
  for (const [c, channel] of values.entries()) {
    let held = last[c]!;
    for (let i = 0; i < count; i++) {
      if (lost[i] && !Number.isNaN(held)) channel[i] = held;
      else if (!lost[i]) held = channel[i]!;
    }
    last[c] = held;
  }
}
