import type { StreamDescriptor } from "../devices/types.js";
import { BioxError } from "../errors.js";

/** Where one channel of a model comes from. */
export interface ChannelPlace {
  /** Id of the stream, and index of the channel in it. */
  readonly stream: number;
  readonly channel: number;
}

/** Where the channels of a model come from, in its order. */
export interface Selection {
  /** The stream whose samples windows are counted in: that of the first channel. */
  readonly stream: StreamDescriptor;
  readonly channels: readonly ChannelPlace[];
}

/**
 * Finds the channels that a model needs among those that a device has.
 *
 * A channel fits when its name is the wanted one, or is it with a number (`ppg1` for `ppg`); names that the user chose must match exactly.
 * A stream with just as many channels as are wanted, whatever their names, is not taken: an acceleration is not a pulse.
 * One stream that has them all goes before several that have them together.
 *
 * @throws BioxError CHANNEL_MISSING naming what was looked for and what there is
 */
export function selectChannels(
  streams: readonly StreamDescriptor[],
  wanted: readonly string[],
  chosen?: readonly string[],
): Selection {
  const names = chosen ?? wanted;
  if (names.length !== wanted.length)
    throw new BioxError(
      "CHANNEL_MISSING",
      `The model reads ${wanted.length} channel(s) (${wanted.join(", ")}), but ${names.length} were named (${names.join(", ")}).`,
      "Name one channel for each.",
    );
  for (const stream of streams) {
    const channels = findChannels(stream.channels, names, chosen !== undefined);
    if (channels.every((c) => c >= 0))
      return { stream, channels: channels.map((channel) => ({ stream: stream.id, channel })) };
  }
  const all = streams.flatMap((stream) =>
    stream.channels.map(({ name }, channel) => ({ name, stream, place: { stream: stream.id, channel } })),
  );
  const found = findChannels(all, names, chosen !== undefined);
  if (found.every((at) => at >= 0))
    return { stream: all[found[0]!]!.stream, channels: found.map((at) => all[at]!.place) };
  const there = streams.flatMap((s) => s.channels.map((c) => c.name)).join(", ") || "none";
  throw new BioxError(
    "CHANNEL_MISSING",
    `The source has no channel ${names.join(", ")}; it has ${there}.`,
    "Name the channel to use: ?channel=NAME.",
  );
}

/** An index for each name, -1 where there is none; no channel is given out twice, and exact names choose before numbered ones. */
function findChannels(among: readonly { name: string }[], names: readonly string[], exact: boolean): number[] {
  const free = new Map(among.map((channel, i) => [i, channel.name]));
  const take = (fits: (name: string) => boolean): number => {
    for (const [i, name] of free)
      if (fits(name)) {
        free.delete(i);
        return i;
      }
    return -1;
  };
  const found = names.map((wanted) => take((name) => name === wanted));
  if (exact) return found;
  return found.map((at, i) => (at >= 0 ? at : take((name) => isNumbered(name, names[i]!))));
}

function isNumbered(name: string, base: string): boolean {
  return name.startsWith(base) && /^\d+$/.test(name.slice(base.length));
}
