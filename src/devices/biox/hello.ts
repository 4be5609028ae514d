import * as v from "valibot";
import type { StreamDescriptor } from "../types.js";

export const SAMPLE_FORMATS = ["i16", "i24", "i32", "f32"] as const;
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

const positive = v.pipe(v.number(), v.finite(), v.gtValue(0));
const name = v.pipe(v.string(), v.minLength(1), v.maxLength(64));
const u32 = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0xffffffff));

const channel = v.object({
  name,
  unit: v.pipe(v.string(), v.maxLength(64)),
  scale: v.pipe(v.number(), v.finite(), v.notValue(0)),
  offset: v.optional(v.pipe(v.number(), v.finite()), 0),
});

const stream = v.object({
  id: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(255)),
  name,
  channels: v.pipe(
    v.array(channel),
    v.minLength(1),
    v.check((channels) => new Set(channels.map((entry) => entry.name)).size === channels.length),
  ),
  format: v.picklist(SAMPLE_FORMATS),
  rate: positive,
  next: v.optional(u32),
});

const helloSchema = v.object({
  device: v.string(),
  firmware: v.string(),
  // Frames carry microseconds: a device with another clock must convert.
  clockHz: v.optional(v.literal(1_000_000), 1_000_000),
  speed: v.optional(positive, 1),
  streams: v.pipe(
    v.array(stream),
    v.minLength(1),
    v.check((streams) => new Set(streams.map((entry) => entry.id)).size === streams.length),
  ),
});

/** The hello in an unpacked map, or undefined where a field is missing or makes no sense. Unknown fields are ignored. */
export function parseHello(map: Record<string, unknown>): Hello | undefined {
  const result = v.safeParse(helloSchema, map);
  if (!result.success) return undefined;
  const { device, firmware, speed, streams } = result.output;
  return { device, firmware, streams: streams.map((entry) => ({ ...entry, speed, next: entry.next })) };
}
