import { axis, logTicks } from "../../../html/axis.js";
import { escapeText, px, svg } from "../../../html/markup.js";
import type { ThreadReport } from "../report.js";
import type { LatencyHistogram } from "../series.js";
import { CONTENDER_NAMES } from "./names.js";

const WIDTH = 880;
const HEIGHT = 220;
const TOP = 10;
const SIDE = 30;

/** Outlines of how often each contender took how long; edges are those of the report, so the axis is logarithmic. */
export function histogramPicture(histograms: ThreadReport["histograms"]): string {
  const series = Object.entries(histograms) as [keyof typeof CONTENDER_NAMES, LatencyHistogram][];
  const edges = series[0]![1].edges;
  const [low, high] = [edges[0]!, edges.at(-1)!];
  const most = Math.max(...series.flatMap(([, { counts }]) => counts), 1);
  const x = (ms: number): number => SIDE + (Math.log(ms / low) / Math.log(high / low)) * (WIDTH - 2 * SIDE);
  const y = (count: number): number => TOP + (1 - count / most) * (HEIGHT - TOP);
  const outlines = series.map(([name, { counts }]) => {
    const steps = counts.map((count, i) => `V${px(y(count))}H${px(x(edges[i + 1]!))}`).join("");
    const path = `M${px(x(low))} ${HEIGHT}${steps}V${HEIGHT}Z`;
    return `<path class="line ${name}" d="${path}"><title>${escapeText(CONTENDER_NAMES[name])}</title></path>`;
  });
  const grid = axis(spaced(logTicks(low, high), x), x, TOP, HEIGHT, "ms");
  const legend = series.map(([name]) => `<li><i class="${name}"></i>${escapeText(CONTENDER_NAMES[name])}</li>`);
  const title = "How often each contender took how long";
  return `${svg({ width: WIDTH, height: HEIGHT + 26, title, body: [grid, ...outlines].join("\n") })}\n<ul class="legend">${legend.join("")}</ul>`;
}

/** Leaves out numbers that would stand on one another. */
function spaced(values: readonly number[], at: (value: number) => number): number[] {
  let last = Number.NEGATIVE_INFINITY;
  return values.filter((value) => {
    if (at(value) - last < 50 || at(value) > WIDTH - SIDE) return false;
    last = at(value);
    return true;
  });
}
