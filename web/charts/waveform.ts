import { age, tick } from "../lib/format.js";
import { decimate } from "./decimate.js";
import { paintMarkers, paintMissing, paintSpan } from "./paint.js";
import { palette } from "./palette.js";
import { Plot } from "./plot.js";
import type { LostSpan, SampleRing } from "./sample-ring.js";

/** What a waveform is marked with. */
export interface Marks {
  /** Window of the newest answer, epoch ms. */
  readonly window: readonly [number, number] | undefined;
  readonly markers: readonly { at: number }[];
}

/** Share of the distance by which limits close in on a smaller signal at each drawing: they never jump inwards. */
const CLOSING = 0.03;
const MARGIN = 0.08;

/** One channel as it comes, drawn anew many times a second. */
export class Waveform {
  private readonly plot: Plot;
  private limits: [number, number] = [-1, 1];
  private started = false;
  private marks: Marks = { window: undefined, markers: [] };
  private lost: readonly LostSpan[] = [];
  private range: [low: number, high: number] = [Number.NaN, Number.NaN];

  constructor(
    element: HTMLElement,
    private readonly channel: number,
    height: number,
    timeAxis: boolean,
  ) {
    this.plot = new Plot(element, {
      height,
      timeAxis,
      lines: [{ colour: "line", width: 1.25 }],
      limits: () => this.limits,
      behind: (plot, context) => {
        const { window } = this.marks;
        if (window) paintSpan(plot, context, ...window, palette().window);
        for (const { from, to } of this.lost) paintMissing(plot, context, from, to);
      },
      before: (plot, context) => paintMarkers(plot, context, this.marks.markers),
    });
  }

  draw(ring: SampleRing, from: number, to: number, marks: Marks): void {
    this.marks = marks;
    this.lost = ring.lost.filter((span) => span.to > from && span.from < to);
    const { x, y, low, high } = decimate(ring, this.channel, from, to, this.plot.columns);
    this.range = [low, high];
    if (low <= high) this.fit(low, high);
    this.plot.draw(from, to, x, y);
  }

  /** What was drawn last, in words. */
  describe(unit: string): string {
    const [low, high] = this.range;
    if (!(low <= high)) return "no samples";
    const lostMs = this.lost.reduce((sum, { from, to }) => sum + to - from, 0);
    return `from ${tick(low)} to ${tick(high)} ${unit}`.trimEnd() + (lostMs > 0 ? `, ${age(lostMs)} of it lost` : "");
  }

  destroy(): void {
    this.plot.destroy();
  }

  private fit(low: number, high: number): void {
    const margin = (high - low || Math.abs(high) || 1) * MARGIN;
    const wanted: [number, number] = [low - margin, high + margin];
    if (!this.started) this.limits = wanted;
    this.started = true;
    const [bottom, top] = this.limits;
    this.limits = [
      wanted[0] < bottom ? wanted[0] : bottom + (wanted[0] - bottom) * CLOSING,
      wanted[1] > top ? wanted[1] : top + (wanted[1] - top) * CLOSING,
    ];
  }
}
