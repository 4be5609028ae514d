import type { SampleRing } from "./sample-ring.js";

/** Points to draw, in order of time; null breaks the line. */
export interface Points {
  readonly x: number[];
  readonly y: (number | null)[];
  /** Least and greatest value; NaN where there is none. */
  low: number;
  high: number;
}

/**
 * A channel from `from` to `to` (epoch ms) as what a screen of `columns` pixels can show of it: of each column the least and the greatest
 * value, in the order in which they came, so that no peak is lost. Fewer samples than that are given as they are.
 *
 * Columns lie at multiples of their width, not from the edge: peaks keep their shape while the picture scrolls.
 */
export function decimate(ring: SampleRing, channel: number, from: number, to: number, columns: number): Points {
  const points: Points = { x: [], y: [], low: Number.NaN, high: Number.NaN };
  const values = ring.values[channel]!;
  const first = Math.max(ring.tail, ring.slotAt(from) - 1);
  const last = Math.min(ring.head, ring.slotAt(to) + 1);
  const width = last - first > 2 * columns ? (to - from) / columns : 0;
  for (let slot = first; slot < last; ) {
    const time = ring.times[slot % ring.capacity]!;
    const value = values[slot % ring.capacity]!;
    if (Number.isNaN(value)) {
      if (points.y.at(-1) !== null) push(points, time, null);
      slot++;
    } else if (width === 0) {
      push(points, time, value);
      slot++;
    } else slot = pushColumn(ring, values, slot, last, (Math.floor(time / width) + 1) * width, points);
  }
  return points;
}

/** Adds the samples before `end`, which begin with one that is there and stop before one that is lost; returns the slot behind them. */
function pushColumn(
  ring: SampleRing,
  values: Float32Array,
  first: number,
  last: number,
  end: number,
  points: Points,
): number {
  let lowest = first;
  let highest = first;
  let slot = first + 1;
  for (; slot < last; slot++) {
    const at = slot % ring.capacity;
    if (ring.times[at]! >= end || Number.isNaN(values[at]!)) break;
    if (values[at]! < values[lowest % ring.capacity]!) lowest = slot;
    if (values[at]! > values[highest % ring.capacity]!) highest = slot;
  }
  for (const chosen of lowest === highest ? [lowest] : [Math.min(lowest, highest), Math.max(lowest, highest)])
    push(points, ring.times[chosen % ring.capacity]!, values[chosen % ring.capacity]!);
  return slot;
}

function push(points: Points, x: number, y: number | null): void {
  points.x.push(x);
  points.y.push(y);
  if (y === null) return;
  if (!(y >= points.low)) points.low = y;
  if (!(y <= points.high)) points.high = y;
}
