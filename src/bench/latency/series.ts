import { build, type JsHistogram } from "hdr-histogram-js";
import { BlockStatistics, type Blocks } from "./blocks.js";

/** Nanoseconds that the histogram tells apart at most; longer times count as this: an hour. */
const LONGEST_NS = 3.6e12;
/** Bars of the histogram that goes into a report. */
const BARS = 48;

/** Percentiles of a time, ms. Each is within 0.1 % of a time that was measured. */
export interface LatencySummary {
  count: number;
  mean: number;
  min: number;
  p50: number;
  p90: number;
  p95: number;
  p99: number;
  p999: number;
  max: number;
  /** What consecutive stretches of the run came to, in their order: the spread that a comparison needs. */
  blocks: Blocks;
}

/** How often times fell between edges, ms; one edge more than counts. Edges are spaced evenly on a logarithmic scale. */
export interface LatencyHistogram {
  edges: number[];
  counts: number[];
}

/** Times of one thing, window after window: an HDR histogram of nanoseconds with 3 significant digits. */
export class LatencySeries {
  private readonly histogram = build({
    bitBucketSize: 64,
    lowestDiscernibleValue: 1,
    highestTrackableValue: LONGEST_NS,
    numberOfSignificantValueDigits: 3,
  }) as JsHistogram;
  private readonly blocks = new BlockStatistics();

  /** @param ms of one window; less than nothing, which a coarse clock may say, counts as nothing */
  add(ms: number): void {
    this.histogram.recordValue(Math.min(LONGEST_NS, Math.max(0, Math.round(ms * 1e6))));
    this.blocks.add(ms);
  }

  get count(): number {
    return this.histogram.totalCount;
  }

  /** The percentile `p`, 0 to 100, in ms; 0 where nothing was recorded. */
  percentile(p: number): number {
    // The histogram gives the upper end of a bucket, which may lie above all that was recorded.
    return this.count === 0 ? 0 : toMs(Math.min(this.histogram.getValueAtPercentile(p), this.histogram.maxValue));
  }

  /** How many were longer than `ms`, to the histogram's 0.1 %. */
  countAbove(ms: number): number {
    let sum = 0;
    this.each((value, count) => {
      if (value > ms) sum += count;
    });
    return sum;
  }

  summary(): LatencySummary {
    const { histogram, count } = this;
    return {
      count,
      mean: count === 0 ? 0 : toMs(histogram.mean),
      min: this.percentile(0),
      p50: this.percentile(50),
      p90: this.percentile(90),
      p95: this.percentile(95),
      p99: this.percentile(99),
      p999: this.percentile(99.9),
      max: count === 0 ? 0 : toMs(histogram.maxValue),
      blocks: this.blocks.result(),
    };
  }

  /** Counts between `low` and `high` ms, above 0 and not equal; the outermost bars take what lies beyond. */
  bars(low: number, high: number): LatencyHistogram {
    const step = Math.log(high / low) / BARS;
    const edges = Array.from({ length: BARS + 1 }, (_, i) => low * Math.exp(i * step));
    const counts = new Array<number>(BARS).fill(0);
    this.each((ms, count) => {
      counts[Math.min(BARS - 1, Math.max(0, Math.floor(Math.log(ms / low) / step)))]! += count;
    });
    return { edges, counts };
  }

  private each(visit: (ms: number, count: number) => void): void {
    const iterator = this.histogram.recordedValuesIterator;
    iterator.reset();
    while (iterator.hasNext()) {
      const { valueIteratedTo, countAtValueIteratedTo } = iterator.next();
      visit(valueIteratedTo / 1e6, countAtValueIteratedTo);
    }
  }
}

function toMs(ns: number): number {
  return Math.round(ns) / 1e6;
}
