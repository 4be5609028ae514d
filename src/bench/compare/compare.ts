import { bootstrapRatio, type RatioInterval } from "./bootstrap.js";
import { differences } from "./differences.js";
import type { ComparableReport } from "./read-report.js";

/** Smaller changes are not worth a word, however sure they are. */
const LEAST_CHANGE = 0.02;

export type Verdict = "slower" | "faster" | "same" | "unknown";

/** One time of both reports. */
export interface Change extends RatioInterval {
  /** Such as "total" or "merged"; "biox / merged" is a ratio, not a time. */
  name: string;
  percentile: "p50" | "p95";
  /** ms; what the reports themselves say. */
  before: number;
  after: number;
  verdict: Verdict;
}

export interface Comparison {
  changes: Change[];
  /** Whether biox, or a stage of it, got slower; other contenders do not count. */
  slower: boolean;
  /** Why the two may not be comparable. */
  warnings: string[];
}

/** Compares the times of two reports, block by block; says `unknown` where a report has too few windows. */
export function compareReports(before: ComparableReport, after: ComparableReport): Comparison {
  const changes: Change[] = [];
  for (const group of ["stages", "contenders"] as const)
    for (const [name, first] of Object.entries(before[group])) {
      const second = after[group][name];
      // Under "stages" biox has its parts, and under its own name the same model again.
      if (!second) continue;
      for (const percentile of ["p50", "p95"] as const)
        changes.push(
          judge({ name, percentile, before: first[percentile], after: second[percentile] }, [
            first.blocks[percentile],
            second.blocks[percentile],
          ]),
        );
    }
  changes.push(...relative(before, after));
  const others = new Set(["merged", "threeSessions"]);
  return {
    changes,
    slower: changes.some(({ name, verdict }) => verdict === "slower" && !others.has(name)),
    warnings: differences(before, after),
  };
}

/** biox over each contender of the same run: what slowed both does not show in it. */
function relative(before: ComparableReport, after: ComparableReport): Change[] {
  return ["merged", "threeSessions"].flatMap((name) => {
    const ratio = ({ contenders: { biox, [name]: other } }: ComparableReport) =>
      biox && other
        ? {
            median: biox.p50 / other.p50,
            blocks: biox.blocks.p50.map((value, i) => value / other.blocks.p50[i]!).filter(Number.isFinite),
          }
        : undefined;
    const [first, second] = [ratio(before), ratio(after)];
    if (!first || !second) return [];
    const change = { name: `biox / ${name}`, percentile: "p50", before: first.median, after: second.median } as const;
    return [judge(change, [first.blocks, second.blocks])];
  });
}

function judge(
  change: Pick<Change, "name" | "percentile" | "before" | "after">,
  [before, after]: [readonly number[], readonly number[]],
): Change {
  const interval = bootstrapRatio(before, after);
  if (!interval) {
    const ratio = change.before > 0 ? change.after / change.before : 1;
    return { ...change, ratio, low: 0, high: Number.MAX_VALUE, verdict: "unknown" };
  }
  const { ratio, low, high } = interval;
  const verdict =
    low > 1 && ratio >= 1 + LEAST_CHANGE ? "slower" : high < 1 && ratio <= 1 - LEAST_CHANGE ? "faster" : "same";
  return { ...change, ...interval, verdict };
}
