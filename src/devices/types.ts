import type { FramerStats } from "../framing/types.js";

/** One column of a stream. Decoders deliver physical values: raw * scale + offset, in `unit`. */
export interface ChannelDescriptor {
  /** As all names and units: without control characters, at most 64 characters. */
  name: string;
  unit: string;
  scale: number;
  offset: number;
}

/** Channels that are sampled together. */
export interface StreamDescriptor {
  /** 0 to 255, unique on a link. */
  id: number;
  name: string;
  channels: ChannelDescriptor[];
  /** Nominal samples a second of device time. */
  rate: number;
  /** Device seconds in a real second: 1 on every real device, more or less on an emulator. */
  speed: number;
  /** Running number of the next sample that will be delivered, where the device tells it: losses count from there. */
  next: number | undefined;
}

/** Samples that follow one another without a gap. The object and `values` are valid only during the callback. */
export interface SampleBlock {
  stream: number;
  /** Running number of the first sample as the device counts: it wraps at 2^indexBits. */
  index: number;
  indexBits: 32;
  /** Device clock at the first sample, microseconds modulo 2^32. */
  timeUs: number;
  /** Samples, each of one value a channel. */
  count: number;
  /** `count * channels` values, the channels of a sample side by side, in physical units. */
  values: Float64Array;
  /** The device clock or running number began anew. */
  restarted: boolean;
  /** A value lies at the end of the device's range. */
  clipped: boolean;
  /** The device itself lost samples before this block. */
  dropped: boolean;
}

/** How many samples of a stream a playback had, lost ones included. */
export interface StreamEnd {
  id: number;
  samples: number;
}

/** `data` holds only what JSON can print. */
export type DeviceMessage =
  | { type: "hello"; device: string; firmware: string; streams: StreamDescriptor[] }
  | { type: "samples"; block: SampleBlock }
  | { type: "event"; name: string; data: Record<string, unknown> }
  /** A playback has ended; `streams` is empty where the device did not say how much it sent. */
  | { type: "end"; streams: StreamEnd[] }
  | { type: "status"; data: Record<string, unknown> }
  | { type: "reply"; data: Record<string, unknown> };

export interface LinkStats extends FramerStats {
  /** Intact frames that could not be understood: of an undescribed stream, an unknown kind, or malformed. */
  undescribed: number;
}

/** Bytes of one kind of device to messages. Pure, and never throws on what a device sends. */
export interface DeviceDecoder {
  readonly link: LinkStats;
  /** Takes the next bytes and calls `onMessage` for each message, in order. */
  push(chunk: Uint8Array, onMessage: (message: DeviceMessage) => void): void;
  /** Forgets everything: to be called when the port has been opened anew. */
  reset(): void;
}

/** All that is known of a kind of device before a byte has come. */
export interface DeviceDescriptor {
  id: string;
  name: string;
  baud: number;
  /** USB ids under which it is usually found, four hexadecimal digits each. */
  usb: { vendorId: string; productId: string }[];
  notes: string;
  createDecoder(): DeviceDecoder;
  /** Bytes to write for each command that the device knows. */
  commands: { hello?: Uint8Array; start?: Uint8Array; stop?: Uint8Array };
}
