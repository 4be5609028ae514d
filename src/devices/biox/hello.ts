import * as v from "valibot";
import { printableName } from "../printable.js";
import type { StreamDescriptor } from "../types.js";

const SAMPLE_FORMATS = ["i16", "i24", "i32", "f32"] as const;
export type SampleFormat = (typeof SAMPLE_FORMATS)[number];

/** A stream with what only the decoder needs. */
export interface BioxStream extends StreamDescriptor {
  format: SampleFormat;
}

export interface Hello {
  device: string;
  firmware: string;
  streams: BioxStream[];
}

/** Most values that a device may announce in a second of its time: above, a description is damage rather than a sensor. */
const MOST_VALUES_PER_SECOND = 1e6;

const between = (low: number, high: number) => v.pipe(v.number(), v.minValue(low), v.maxValue(high));
const text = v.pipe(v.string(), v.transform(printableName));
const name = v.pipe(text, v.minLength(1));
const u32 = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0xffffffff));

const channel = v.object({
  name,
  unit: text,
  scale: v.pipe(v.number(), v.finite(), v.notValue(0)),
  offset: v.optional(v.pipe(v.number(), v.finite()), 0),
});

const stream = v.object({
  id: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(255)),
  name,
  channels: v.pipe(
    v.array(channel),
    v.minLength(1),
    v.maxLength(64),
    v.check((channels) => new Set(channels.map((entry) => entry.name)).size === channels.length),
  ),
  format: v.picklist(SAMPLE_FORMATS),
  rate: between(0.01, 100_000),
  next: v.optional(u32),
});

function valuesPerSecond(streams: readonly v.InferOutput<typeof stream>[]): number {
  return streams.reduce((sum, { rate, channels }) => sum + rate * channels.length, 0);
}

const helloSchema = v.object({
  device: text,
  firmware: text,
  // Frames carry microseconds: a device with another clock must convert.
  clockHz: v.optional(v.literal(1_000_000), 1_000_000),
  speed: v.optional(between(0.001, 1000), 1),
  streams: v.pipe(
    v.array(stream),
    v.minLength(1),
    v.maxLength(32),
    v.check((streams) => valuesPerSecond(streams) <= MOST_VALUES_PER_SECOND),
    v.check((streams) => new Set(streams.map((entry) => entry.id)).size === streams.length),
  ),
});

/**
 * The hello in an unpacked map, or undefined where a field is missing or out of the ranges of firmware-bridge/README.md.
 * Unknown fields are ignored. Names and units come without control characters and cut to 64 characters.
 */
export function parseHello(map: Record<string, unknown>): Hello | undefined {
  const result = v.safeParse(helloSchema, map);
  if (!result.success) return undefined;
  const { device, firmware, speed, streams } = result.output;
  return {
    device,
    firmware,
    streams: streams.map((entry) => ({ ...entry, speed, clock: "device" as const, next: entry.next })),
  };
}
