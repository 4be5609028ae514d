import type uPlot from "uplot";
import { milliseconds } from "../lib/format.js";
import { COLUMNS, type Histogram, histogram, ROWS_A_DECADE } from "./histogram.js";
import { palette } from "./palette.js";
import { Plot } from "./plot.js";

/** How often each latency occurred in each stretch of time, by depth of colour. */
export class HeatMap {
  private readonly plot: Plot;
  private cells: Histogram = histogram([], [], 0, 1);

  constructor(element: HTMLElement) {
    this.plot = new Plot(element, {
      height: 104,
      timeAxis: true,
      scale: "log",
      limits: () => [this.cells.low, this.cells.low * 10 ** (this.cells.rows / ROWS_A_DECADE)],
      marks: decades,
      label: milliseconds,
      before: (plot, context) => this.paint(plot, context),
    });
  }

  draw(x: readonly number[], y: readonly number[], from: number, to: number): void {
    this.cells = histogram(x, y, from, to);
    this.plot.draw(from, to);
  }

  destroy(): void {
    this.plot.destroy();
  }

  private paint({ bbox }: uPlot, context: CanvasRenderingContext2D): void {
    const { rows, counts, most } = this.cells;
    const edgeX = (column: number): number => Math.round(bbox.left + (bbox.width * column) / COLUMNS);
    const edgeY = (row: number): number => Math.round(bbox.top + bbox.height - (bbox.height * row) / rows);
    context.fillStyle = palette().heat;
    for (let column = 0; column < COLUMNS; column++)
      for (let row = 0; row < rows; row++) {
        const count = counts[column * rows + row]!;
        if (count === 0) continue;
        // A single late answer among many is what one looks for, so it is never faint.
        context.globalAlpha = 0.25 + 0.75 * (count / most);
        const [left, top] = [edgeX(column), edgeY(row + 1)];
        context.fillRect(left, top, edgeX(column + 1) - left, edgeY(row) - top);
      }
    context.globalAlpha = 1;
  }
}

/** 1, 3 and 10 of each decade, as far as they lie within. */
function decades(low: number, high: number): number[] {
  const marks: number[] = [];
  for (let power = Math.floor(Math.log10(low)); 10 ** power <= high * 1.001; power++)
    for (const factor of [1, 3]) {
      const mark = factor * 10 ** power;
      if (mark >= low * 0.999 && mark <= high * 1.001) marks.push(mark);
    }
  return marks;
}
