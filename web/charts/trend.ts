import { Plot } from "./plot.js";

/** One figure over time, such as the pulse rate. */
export class Trend {
  private readonly plot: Plot;
  private limits: [number, number];

  /**
   * @param ends limits of the vertical axis; where the figure goes beyond, they go with it in steps of `step`
   * @param label writes a value of the axis
   */
  constructor(
    element: HTMLElement,
    colour: "line" | "pulse",
    private readonly ends: readonly [number, number],
    private readonly step: number,
    label: (value: number) => string,
  ) {
    this.limits = [...ends];
    this.plot = new Plot(element, {
      height: 96,
      timeAxis: true,
      lines: [{ colour, width: 1.75, steps: true }],
      limits: () => this.limits,
      label,
    });
  }

  /** Null breaks the line. */
  draw(from: number, to: number, x: readonly number[], y: readonly (number | null)[]): void {
    let [low, high] = this.ends;
    for (const value of y) {
      if (value === null) continue;
      low = Math.min(low, Math.floor(value / this.step) * this.step);
      high = Math.max(high, Math.ceil(value / this.step) * this.step);
    }
    this.limits = [low, high];
    this.plot.draw(from, to, x, y);
  }

  destroy(): void {
    this.plot.destroy();
  }
}
