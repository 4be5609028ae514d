import { axis, ticks } from "../../../html/axis.js";
import { escapeText, px, svg } from "../../../html/markup.js";
import { ms } from "../text.js";

const WIDTH = 880;
const LABEL = 150;
const RIGHT = 120;
const PLOT = WIDTH - LABEL - RIGHT;

export interface RangeBar {
  name: string;
  /** Class of its colour. */
  kind: string;
  p50: number;
  p95: number;
  p99: number;
}

/** One bar a row: solid to the median, lighter to the 95th and 99th percentile. */
export function rangeBars(title: string, bars: readonly RangeBar[]): string {
  const step = 34;
  const bottom = bars.length * step + 4;
  const most = Math.max(...bars.map(({ p99 }) => p99), 1e-6);
  const at = (value: number): number => LABEL + (value / most) * PLOT;
  const rows = bars.map(({ name, kind, p50, p95, p99 }, i) => {
    const y = i * step + 8;
    const bar = (to: number, opacity: number): string =>
      `<rect class="${kind}" opacity="${opacity}" x="${LABEL}" y="${y}" width="${px(Math.max(1, at(to) - LABEL))}" height="20" rx="2"/>`;
    return [
      `<g><title>${escapeText(`${name}: p50 ${ms(p50)} ms, p95 ${ms(p95)} ms, p99 ${ms(p99)} ms`)}</title>`,
      `<text class="label" x="${LABEL - 10}" y="${y + 15}">${escapeText(name)}</text>`,
      bar(p99, 0.22),
      bar(p95, 0.35),
      bar(p50, 1),
      `<text class="value" x="${px(at(p99) + 8)}" y="${y + 15}">${ms(p50)} · ${ms(p99)}</text></g>`,
    ].join("\n");
  });
  const grid = axis(ticks(0, most, 6), at, 0, bottom, "ms");
  return svg({ width: WIDTH, height: bottom + 26, title, body: [grid, ...rows].join("\n") });
}

export interface Part {
  name: string;
  kind: string;
  ms: number;
}

/** One bar of parts that follow one another, with a legend that gives each its share. */
export function stackedBar(title: string, parts: readonly Part[]): string {
  const total = Math.max(
    parts.reduce((sum, part) => sum + part.ms, 0),
    1e-9,
  );
  let x = 0;
  const pieces = parts.map(({ name, kind, ms: time }) => {
    const width = (time / total) * WIDTH;
    const piece = `<rect class="${kind}" x="${px(x)}" y="0" width="${px(Math.max(0.5, width))}" height="34"><title>${escapeText(`${name}: ${ms(time)} ms`)}</title></rect>`;
    x += width;
    return piece;
  });
  const legend = parts.map(
    ({ name, kind, ms: time }) =>
      `<li><i class="${kind}"></i>${escapeText(name)} <b>${ms(time)} ms</b> <span>${((100 * time) / total).toFixed(1)} %</span></li>`,
  );
  return `${svg({ width: WIDTH, height: 34, title, body: pieces.join("\n") })}\n<ul class="legend">\n${legend.join("\n")}\n</ul>`;
}
