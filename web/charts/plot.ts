import uPlot from "uplot";
import { clock, tick } from "../lib/format.js";
import { onTheme, palette } from "./palette.js";

export type Paint = (plot: uPlot, context: CanvasRenderingContext2D) => void;

export interface PlotOptions {
  readonly height: number;
  /** Lines by the name of their colour in the palette; without any the chart is painted by hand. */
  readonly lines?: readonly { readonly colour: "line" | "pulse"; readonly width: number; readonly steps?: boolean }[];
  /** Axis of time below. */
  readonly timeAxis: boolean;
  /** Limits of the vertical axis, asked for at each drawing. */
  readonly limits: () => [number, number];
  readonly scale?: "linear" | "log";
  /** Marks of the vertical axis, where it is not to choose them itself. */
  readonly marks?: (low: number, high: number) => number[];
  readonly label?: (value: number) => string;
  /** Drawn behind and before the lines, clipped to the plot. */
  readonly behind?: Paint;
  readonly before?: Paint;
}

export const FONT = "11px system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif";
/** Width of all vertical axes, so that charts below one another share their time axis. */
const AXIS_WIDTH = 52;
const AXIS_HEIGHT = 24;
/** Free room above the plot, CSS pixels. */
export const ABOVE = 7;
/** Free room to the right: half a time of the day, which may stand below the edge. */
const BESIDE = 27;
/** Steps of a time axis, ms. */
const TIME_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200].map((seconds) => seconds * 1000);

/** One chart of something over time, in the page's look. It fills the width of its element and redraws when the theme changes. */
export class Plot {
  readonly plot: uPlot;
  private readonly observer: ResizeObserver;
  private readonly unlisten: () => void;

  constructor(
    private readonly element: HTMLElement,
    private readonly options: PlotOptions,
  ) {
    const { height, lines = [], timeAxis } = options;
    this.plot = new uPlot(
      {
        width: Math.max(120, element.clientWidth),
        height: height + (timeAxis ? AXIS_HEIGHT : 0),
        ms: 1,
        padding: [ABOVE, BESIDE, timeAxis ? 0 : 4, 0],
        cursor: { show: false },
        legend: { show: false },
        scales: {
          x: { time: true, auto: false },
          y: { auto: false, distr: options.scale === "log" ? 3 : 1, range: () => options.limits() },
        },
        axes: [this.timeAxis(), this.valueAxis()],
        series: [{}, ...(lines.length > 0 ? lines.map(series) : [{ show: false }])],
        hooks: { drawAxes: [clipped(options.behind)], draw: [clipped(options.before)] },
      },
      [[], ...(lines.length > 0 ? lines.map(() => []) : [[]])] as unknown as uPlot.AlignedData,
      element,
    );
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(element);
    this.unlisten = onTheme(() => this.plot.redraw(false, true));
  }

  /** Pixels of the screen from left to right within the axes. */
  get columns(): number {
    return Math.max(1, Math.round(this.plot.bbox.width));
  }

  draw(from: number, to: number, x: readonly number[] = [], ...y: readonly (readonly (number | null)[])[]): void {
    this.plot.batch(() => {
      if (y.length > 0) this.plot.setData([x, ...y] as unknown as uPlot.AlignedData, false);
      this.plot.setScale("x", { min: from, max: to });
      const [low, high] = this.options.limits();
      this.plot.setScale("y", { min: low, max: high });
    });
    // Without a line nothing has changed for uPlot once the time stands still, though what is painted may have.
    if (y.length === 0) this.plot.redraw(false);
  }

  destroy(): void {
    this.observer.disconnect();
    this.unlisten();
    this.plot.destroy();
  }

  private resize(): void {
    const width = this.element.clientWidth;
    if (width > 0 && width !== this.plot.width) this.plot.setSize({ width, height: this.plot.height });
  }

  private timeAxis(): uPlot.Axis {
    return {
      show: this.options.timeAxis,
      size: AXIS_HEIGHT,
      font: FONT,
      stroke: () => palette().soft,
      grid: { show: false },
      ticks: { stroke: () => palette().edge, width: 1, size: 4 },
      space: 72,
      incrs: TIME_STEPS,
      gap: 3,
      values: (_, splits) => splits.map(clock),
    };
  }

  private valueAxis(): uPlot.Axis {
    const { marks, label = tick } = this.options;
    return {
      size: AXIS_WIDTH,
      font: FONT,
      stroke: () => palette().soft,
      grid: { stroke: () => palette().edge, width: 1 },
      ticks: { show: false },
      space: 20,
      // Labels of a logarithmic axis are left out otherwise, but for those of whole decades.
      filter: (_, splits) => splits,
      gap: 4,
      ...(marks ? { splits: (_plot, _axis, low, high) => marks(low, high) } : {}),
      values: (_, splits) => splits.map((value) => (value === null ? "" : label(value))),
    };
  }
}

function series({ colour, width, steps }: NonNullable<PlotOptions["lines"]>[number]): uPlot.Series {
  return {
    stroke: () => palette()[colour],
    width,
    points: { show: false },
    ...(steps ? { paths: uPlot.paths.stepped!({ align: 1 }) } : {}),
  };
}

function clipped(paint: Paint | undefined): (plot: uPlot) => void {
  return (plot) => {
    if (!paint) return;
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    paint(plot, ctx);
    ctx.restore();
  };
}
