import type { ChannelDescriptor, StreamDescriptor } from "./types.js";

/** A channel of raw counts (`unit` "adc"), or of values that already have their unit. */
export function channel(name: string, unit: string, scale = 1): ChannelDescriptor {
  return { name, unit, scale, offset: 0 };
}

/** A channel whose values are raw counts. */
export function counts(name: string): ChannelDescriptor {
  return channel(name, "adc");
}

/** A stream of a device that has no clock: times are counted samples at the nominal rate. */
export function countedStream(id: number, name: string, rate: number, channels: ChannelDescriptor[]): StreamDescriptor {
  return { id, name, channels, rate, speed: 1, clock: "count", next: undefined };
}

/** A stream whose times come from the device. */
export function timedStream(id: number, name: string, rate: number, channels: ChannelDescriptor[]): StreamDescriptor {
  return { ...countedStream(id, name, rate, channels), clock: "device" };
}
