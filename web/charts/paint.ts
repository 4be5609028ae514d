import type uPlot from "uplot";
import { palette } from "./palette.js";

/** Least width of what is marked, in pixels of the screen: a single lost sample must be seen, too. */
const LEAST_PIXELS = 2;

/** Fills a time from top to bottom. */
export function paintSpan(
  plot: uPlot,
  context: CanvasRenderingContext2D,
  from: number,
  to: number,
  colour: string,
): void {
  const left = plot.valToPos(from, "x", true);
  const right = plot.valToPos(to, "x", true);
  context.fillStyle = colour;
  context.fillRect(left, plot.bbox.top, Math.max(LEAST_PIXELS, right - left), plot.bbox.height);
}

/** Hatches a time: something is missing there. */
export function paintMissing(plot: uPlot, context: CanvasRenderingContext2D, from: number, to: number): void {
  const { top, height } = plot.bbox;
  const left = plot.valToPos(from, "x", true);
  const right = Math.max(left + LEAST_PIXELS, plot.valToPos(to, "x", true));
  const { lost } = palette();
  context.save();
  context.beginPath();
  context.rect(left, top, right - left, height);
  context.clip();
  context.globalAlpha = 0.16;
  context.fillStyle = lost;
  context.fillRect(left, top, right - left, height);
  context.globalAlpha = 0.55;
  context.strokeStyle = lost;
  context.lineWidth = 1;
  context.beginPath();
  for (let x = left - height - ((left - height) % 7); x < right; x += 7) {
    context.moveTo(x, top + height);
    context.lineTo(x + height, top);
  }
  context.stroke();
  context.restore();
}

/** A line with a flag at each marked moment. */
export function paintMarkers(plot: uPlot, context: CanvasRenderingContext2D, markers: readonly { at: number }[]): void {
  const { top, height } = plot.bbox;
  const { min = 0, max = 0 } = plot.scales.x ?? {};
  context.fillStyle = palette().marker;
  for (const { at } of markers) {
    if (at < min! || at > max!) continue;
    const x = Math.round(plot.valToPos(at, "x", true));
    context.fillRect(x, top, 2, height);
    context.beginPath();
    context.moveTo(x, top);
    context.lineTo(x + 9, top + 5);
    context.lineTo(x, top + 10);
    context.fill();
  }
}
