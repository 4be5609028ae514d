import { PacketLengthParser, ReadlineParser } from "serialport";
import type { DeviceDecoder, DeviceDescriptor, DeviceMessage } from "../../devices/types.js";
import { type Contender, interleave } from "../interleave.js";
import { type Capture, captureDevice } from "./capture.js";

export interface DecodeOptions {
  /** Samples of each contender, of which the median counts. Whole, at least 1; default 21. */
  rounds?: number;
}

/** How fast one thread turns bytes into messages. */
export interface DecodeReport {
  device: string;
  /** Bytes of one run, from the device's emulator. */
  bytes: number;
  /** Frames or lines in them, and samples of all streams. */
  frames: number;
  samples: number;
  /** Millions of bytes and samples a second. */
  mbPerS: number;
  samplesPerS: number;
  /** A parser of the package serialport that cuts the same bytes into `frames` and looks no further; left out where none fits. */
  serialport?: { parser: string; frames: number; mbPerS: number };
}

/** As a busy serial port delivers bytes. */
const CHUNK_BYTES = 1024;
const SAMPLE_MS = 5;

/** A parser that can cut what a device sends into frames or lines. */
interface Cutter {
  parser: string;
  create(): PacketLengthParser | ReadlineParser;
}

const lines: Cutter = { parser: "readline", create: () => new ReadlineParser() };
/** `0A FA`, two bytes of length, type, payload, and two bytes at the end. */
const openview: Cutter = {
  parser: "packet-length",
  create: () =>
    new PacketLengthParser({ delimiter: 0x0a, packetOverhead: 7, lengthOffset: 2, lengthBytes: 2, maxLen: 255 }),
};
const CUTTERS: Readonly<Record<string, Cutter>> = {
  ascii: lines,
  emotibit: lines,
  openview,
  healthypi4: openview,
  healthypi5: openview,
};

/**
 * Times the decoder of each device over bytes of its emulator, and serialport's parsers over the same, all in one process and interleaved.
 *
 * The steady stream is decoded over and over, in pieces of 1024 bytes. Where it begins again a counter jumps, as after a loss.
 */
export async function benchDecode(
  devices: readonly DeviceDescriptor[],
  { rounds = 21 }: DecodeOptions = {},
): Promise<DecodeReport[]> {
  const runs = devices.map((device) => ({ device, capture: captureDevice(device), cutter: CUTTERS[device.id] }));
  const decoders = runs.map(({ device, capture }) => new Decoding(device.createDecoder(), capture));
  const cut = runs.filter(({ cutter }) => cutter !== undefined);
  const cutting = cut.map(({ capture, cutter }): Contender => ({ run: () => cutInto(cutter!, capture.body) }));
  const frames = await Promise.all(cut.map(({ capture, cutter }) => cutInto(cutter!, capture.body)));
  const us = await interleave([...decoders, ...cutting], { rounds, sampleMs: SAMPLE_MS });
  return runs.map(({ device, capture, cutter }, i) => {
    const bytes = capture.body.length;
    const { frames: decoded, samples } = decoders[i]!;
    const report = {
      device: device.id,
      bytes,
      frames: decoded,
      samples,
      mbPerS: bytes / us[i]!,
      samplesPerS: (samples * 1e6) / us[i]!,
    };
    const at = cut.findIndex((entry) => entry.device === device);
    if (cutter === undefined) return report;
    return {
      ...report,
      serialport: { parser: cutter.parser, frames: frames[at]!, mbPerS: bytes / us[runs.length + at]! },
    };
  });
}

function pieces(bytes: Uint8Array): Uint8Array[] {
  const count = Math.ceil(bytes.length / CHUNK_BYTES);
  return Array.from({ length: count }, (_, i) => bytes.subarray(i * CHUNK_BYTES, (i + 1) * CHUNK_BYTES));
}

/** A decoder that knows its device and gets the same stream again with each run. */
class Decoding implements Contender {
  /** Of one run. */
  readonly frames: number;
  readonly samples: number;
  readonly #decoder: DeviceDecoder;
  readonly #pieces: Uint8Array[];
  #heard = 0;
  readonly #onMessage = (message: DeviceMessage): void => {
    if (message.type === "samples") this.#heard += message.block.count;
  };

  constructor(decoder: DeviceDecoder, { head, body }: Capture) {
    this.#decoder = decoder;
    this.#pieces = pieces(body);
    decoder.push(head, this.#onMessage);
    this.run();
    this.#heard = 0;
    const { frames } = decoder.link;
    this.run();
    this.frames = decoder.link.frames - frames;
    this.samples = this.#heard;
  }

  run(): void {
    for (const piece of this.#pieces) this.#decoder.push(piece, this.#onMessage);
  }
}

/** All of the bytes through a new parser, to its end. */
function cutInto(cutter: Cutter, bytes: Uint8Array): Promise<number> {
  const parser = cutter.create();
  let cut = 0;
  return new Promise((resolve, reject) => {
    parser.on("data", () => cut++);
    parser.on("error", reject);
    parser.on("end", () => resolve(cut));
    for (const piece of pieces(bytes)) parser.write(piece);
    parser.end();
  });
}
