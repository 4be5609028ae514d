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
  /** What `timeUs` of its blocks is: the device's own clock, or only samples counted at the nominal rate. */
  clock: "device" | "count";
  /** Running number of the next sample that will be delivered, where the device tells it: losses count from there. */
  next: number | undefined;
}

/** Samples that follow one another without a gap. The object and `values` are valid only during the callback. */
export interface SampleBlock {
  stream: number;
  /**
   * Running number of the first sample, modulo 2^32. Decoders of devices with a shorter counter continue it here, so that a jump is a
   * loss; without any counter it counts what was received.
   */
  index: number;
  /** Device clock at the first sample, microseconds modulo 2^32; see {@link StreamDescriptor.clock}. */
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

/** How a port is opened. Eight data bits, one stop bit, no flow control. */
export interface SerialSettings {
  baud: number;
  parity: "none" | "odd" | "even";
}

/** A choice that the user has, as a parameter of the source's URI: where firmwares differ and the bytes do not tell. */
export interface DeviceOption {
  name: string;
  /** What may be given; where it is left out, any text that `createDecoder` takes. */
  values: readonly string[] | undefined;
  default: string;
  /** What it is, and why this is the default. */
  meaning: string;
}

/** Values of options by name; those left out have their default. */
export type DeviceOptions = Readonly<Record<string, string>>;

/** Bytes to write for each command that the device knows. */
export interface DeviceCommands {
  /** Asks who it is; repeated until the decoder has delivered a hello. */
  hello?: Uint8Array;
  /** Sent after the hello and before `start`, one each `everyMs`: settings of devices that take one command at a time. */
  setup?: { steps: readonly Uint8Array[]; everyMs: number };
  /** Sent once after the hello. */
  start?: Uint8Array;
  /** Sent before the port is closed. */
  stop?: Uint8Array;
  /** Has the device describe itself while it streams, without disturbing that. */
  describe?: Uint8Array;
  /** Sent again and again while the port is open, for devices that stop by themselves. */
  keepAlive?: { bytes: Uint8Array; everyMs: number };
}

/** Values that an emulated device measures: raw counts of channel `channel` of stream `stream` at sample `n`. */
export type EmulatedSignal = (stream: number, channel: number, n: number) => number;

/**
 * The other end of the wire: behaves as the device does, boot text, answers to commands and its own stopping included. Pure: time is
 * what `advance` says. All bytes are returned in the order in which the device sends them.
 */
export interface DeviceEmulator {
  /** What the device sends when it is switched on. */
  boot(): Uint8Array;
  /** Bytes from the host; returns the answer. */
  receive(bytes: Uint8Array): Uint8Array;
  /** So many milliseconds pass, 0 or more; returns what the device sends in them. */
  advance(ms: number): Uint8Array;
}

/** All that is known of a kind of device before a byte has come. */
export interface DeviceDescriptor {
  id: string;
  name: string;
  serial: SerialSettings;
  /** USB ids under which it is usually found, four hexadecimal digits each. */
  usb: readonly { vendorId: string; productId: string }[];
  /** What it sends with default options; empty where only the device itself can tell. */
  streams: readonly StreamDescriptor[];
  options: readonly DeviceOption[];
  /** Options whose values the bytes can tell apart: a probe tries each of these, and the default without it. */
  variants?: readonly DeviceOptions[];
  /** Only the answer to its `hello` tells what its frames hold, so bytes without it cannot be decoded, and it takes none while it streams. */
  describedOnce?: boolean;
  /** What a user should know: caveats of the firmware, what the numbers are not. */
  notes: string;
  /** @throws BioxError INVALID_ARGUMENT for an option that does not exist or has a value out of its range */
  createDecoder(options?: DeviceOptions): DeviceDecoder;
  /** @throws BioxError as `createDecoder` */
  commands(options?: DeviceOptions): DeviceCommands;
  /** Absent where the emulator is a program of its own. */
  createEmulator?(signal: EmulatedSignal, options?: DeviceOptions): DeviceEmulator;
}
