import type { EmulatedSignal, StreamDescriptor } from "../types.js";

/** Columns of numbers to be measured by an emulated device, in the units of its channels. */
export interface Playback {
  /** Names of the columns. */
  channels: readonly string[];
  /** Rows a second. */
  rate: number;
  samples: readonly Float64Array[];
}

/**
 * Has a device measure columns instead of its own signal: each on the channel of its name, or on the first channel that is left. Where
 * the rates differ, values lie on the straight line between rows. Channels without a column keep `rest`.
 */
export function playbackSignal(
  streams: readonly StreamDescriptor[],
  { channels: columns, rate, samples }: Playback,
  rest: EmulatedSignal,
): EmulatedSignal {
  const places = streams.flatMap((stream) => stream.channels.map((channel, c) => ({ stream, channel, c })));
  const free = new Set(places);
  const take = (fits: (place: (typeof places)[number]) => boolean) => {
    const place = [...free].find(fits);
    if (place) free.delete(place);
    return place;
  };
  const named = columns.map((name) => take(({ channel }) => channel.name === name));
  const played = new Map<string, { column: Float64Array; place: (typeof places)[number] }>();
  named.forEach((place, i) => {
    const at = place ?? take(() => true);
    if (at) played.set(`${at.stream.id}.${at.c}`, { column: samples[i]!, place: at });
  });
  return (id, c, n) => {
    const entry = played.get(`${id}.${c}`);
    if (!entry) return rest(id, c, n);
    const { stream, channel } = entry.place;
    return Math.round((between(entry.column, (n / stream.rate) * rate) - channel.offset) / channel.scale);
  };
}

/** Value at a row that need not be whole; the last one is held. */
function between(column: Float64Array, row: number): number {
  // A rate that divides the other without a remainder must meet its rows exactly.
  const at = Math.abs(row - Math.round(row)) < 1e-6 ? Math.round(row) : row;
  const low = Math.min(Math.floor(at), column.length - 1);
  const high = Math.min(low + 1, column.length - 1);
  return column[low]! + (column[high]! - column[low]!) * (at - Math.floor(at));
}
