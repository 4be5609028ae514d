import type { StreamDescriptor } from "../devices/types.js";

/** Whether samples of both can follow one another in one stream. */
export function sameStream(a: StreamDescriptor, b: StreamDescriptor): boolean {
  return (
    a.rate === b.rate &&
    a.speed === b.speed &&
    a.channels.length === b.channels.length &&
    a.channels.every((channel, i) => {
      const other = b.channels[i]!;
      return channel.name === other.name && channel.unit === other.unit;
    })
  );
}
