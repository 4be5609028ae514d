import { axis, ticks } from "../../../html/axis.js";
import { escapeText, px, svg } from "../../../html/markup.js";
import type { Score } from "../report.js";
import { withInterval } from "./names.js";

const WIDTH = 880;
const LABEL = 230;
const RIGHT = 190;
const PLOT = WIDTH - LABEL - RIGHT;
const STEP = 34;
/** As many characters as fit into LABEL; the title and the table have the whole name. */
const LONGEST_NAME = 32;

/** Balanced accuracy of every model as a point with its interval, on one axis from 0 to 1 with chance marked. */
export function intervalPicture(scores: readonly Score[], classes: number): string {
  const at = (value: number): number => LABEL + value * PLOT;
  const bottom = scores.length * STEP + 6;
  const rows = scores.map(({ id, name, metrics, intervals }, i) => {
    const y = i * STEP + 20;
    const value = metrics.balancedAccuracy;
    const text = withInterval(value, intervals?.balancedAccuracy);
    const line = intervals
      ? `<line class="interval ${id}" x1="${px(at(intervals.balancedAccuracy[0]))}" x2="${px(at(intervals.balancedAccuracy[1]))}" y1="${y}" y2="${y}"/>`
      : "";
    return [
      `<g><title>${escapeText(`${name}: ${text}`)}</title>`,
      `<text class="label" x="${LABEL - 12}" y="${y + 4}">${escapeText(beside(name))}</text>`,
      line,
      `<circle class="${id}" cx="${px(at(value))}" cy="${y}" r="6"/>`,
      `<text class="value" x="${LABEL + PLOT + 14}" y="${y + 4}">${escapeText(text)}</text></g>`,
    ].join("\n");
  });
  const chance = px(at(1 / classes));
  const mark = `<line class="chance" x1="${chance}" x2="${chance}" y1="0" y2="${bottom}"/><text class="tick" x="${chance}" y="${bottom + 32}">chance</text>`;
  return svg({
    width: WIDTH,
    height: bottom + 40,
    title: "Balanced accuracy of each model with its confidence interval",
    body: [axis(ticks(0, 1, 5), at, 0, bottom, ""), mark, ...rows].join("\n"),
  });
}

function beside(name: string): string {
  return name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME - 1)}…` : name;
}
