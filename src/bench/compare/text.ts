import { ms } from "../latency/text.js";
import type { Change, Comparison } from "./compare.js";

/** A comparison as a terminal shows it. */
export function compareText({ changes, warnings }: Comparison): string {
  const head = ["ms", "", "before", "after", "change", "99 % interval", ""];
  const rows = [head, ...changes.map(row)];
  const lines = rows.map((cells) =>
    cells
      .map((cell, i) =>
        i === 0 ? cell.padEnd(24) : i === 1 ? cell.padEnd(5) : i === 6 ? `  ${cell}` : cell.padStart(i === 5 ? 20 : 10),
      )
      .join("")
      .trimEnd(),
  );
  const count = (verdict: Change["verdict"]): number => changes.filter((change) => change.verdict === verdict).length;
  return [
    ...warnings.map((warning) => `Warning: ${warning}`),
    ...lines,
    `${count("slower")} slower, ${count("faster")} faster, ${count("same")} the same within noise, ${count("unknown")} with too few windows to tell`,
    "",
  ].join("\n");
}

function row({ name, percentile, before, after, ratio, low, high, verdict }: Change): string[] {
  const percent = (value: number): string => `${value >= 1 ? "+" : ""}${((value - 1) * 100).toFixed(1)} %`;
  const interval = verdict === "unknown" ? "" : `${percent(low)} to ${percent(high)}`;
  return [name, percentile, ms(before), ms(after), percent(ratio), interval, verdict];
}
