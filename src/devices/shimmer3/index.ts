import { invalidArgument } from "../../errors.js";
import { requireOptions } from "../options.js";
import type { DeviceDescriptor, DeviceOptions } from "../types.js";
import { Opcode } from "./answers.js";
import { type ByteOrder, type ChannelSettings, PPG_INPUTS, shimmerChannel } from "./channels.js";
import type { CrcBytes } from "./crc.js";
import { ShimmerDecoder, type ShimmerSettings } from "./decoder.js";
import { ShimmerEmulator } from "./emulator.js";

type OptionName = "crc" | "channels" | "divider" | "ppg" | "gyro" | "mag";

/** The firmware keeps one command at a time: one that comes before the last is done takes its place. */
const COMMAND_MS = 100;

const ASK = "ask";
const MOST_DIVIDER = 0xffff;

/** Ids in hexadecimal, separated by commas, in the order in which they stand in a packet. */
function requireIds(text: string, channels: ChannelSettings): number[] {
  const ids = text.split(",").map((id) => (/^[0-9a-f]{1,2}$/i.test(id) ? Number.parseInt(id, 16) : Number.NaN));
  const names = ids.map((id) => shimmerChannel(id, channels)?.name);
  if (names.includes(undefined) || new Set(names).size < names.length)
    throw invalidArgument("channels", `"${ASK}", or different channel ids such as 12,1c`, text);
  return ids;
}

function requireDivider(text: string): number {
  const divider = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (divider < 1 || divider > MOST_DIVIDER)
    throw invalidArgument("divider", `a whole number from 1 to ${MOST_DIVIDER}`, text);
  return divider;
}

function settings(options?: DeviceOptions): ShimmerSettings {
  const given = requireOptions(shimmer3, options) as Record<OptionName, string>;
  const { crc, ppg } = given;
  const channels: ChannelSettings = { mag: given.mag as ByteOrder, gyro: given.gyro as ByteOrder, ppg };
  const divider = requireDivider(given.divider);
  const assumed = given.channels === ASK ? undefined : { divider, ids: requireIds(given.channels, channels) };
  return { ...channels, crc: Number(crc) as CrcBytes, assumed };
}

export const shimmer3: DeviceDescriptor = {
  id: "shimmer3",
  name: "Shimmer3 (LogAndStream)",
  // Bluetooth: the port has no speed of its own.
  serial: { baud: 115200, parity: "none" },
  usb: [],
  streams: [],
  options: [
    {
      name: "crc",
      values: ["0", "1", "2"],
      default: "2",
      meaning: "Bytes of check sum that the device is told to send with each packet. 0 for firmware that knows none.",
    },
    {
      name: "channels",
      values: undefined,
      default: ASK,
      meaning:
        "Channel ids of the packets, such as 12,1c, for bytes that were recorded without the answer to an inquiry. By " +
        "default the device is asked; its answer counts in any case.",
    },
    {
      name: "divider",
      values: undefined,
      default: "256",
      meaning: "Ticks of 1/32768 s between two samples, where channels are given: 256 is 128 Hz.",
    },
    {
      name: "ppg",
      values: PPG_INPUTS,
      default: "a13",
      meaning: "Internal converter input with the optical sensor, which is called ppg. a13 on the GSR+ board.",
    },
    {
      name: "gyro",
      values: ["be", "le"],
      default: "be",
      meaning:
        "Byte order of the gyroscope and of the accelerometer on its chip. Drivers disagree: BrainFlow and pyshimmer read " +
        "big-endian, Shimmer's web SDK little-endian; most written about is the big-endian MPU9150.",
    },
    {
      name: "mag",
      values: ["be", "le"],
      default: "le",
      meaning:
        "Byte order of the magnetometer, which depends on its chip. BrainFlow reads big-endian, pyshimmer and Shimmer's web " +
        "SDK little-endian.",
    },
  ],
  notes:
    "Over Bluetooth (rfcomm). Sensors and rate are those that the unit was configured with. Skin conductance is in uS; all " +
    "else is raw counts, since calibration is not read. ppg needs the optical sensor's power, which is switched on.",
  describedOnce: true,
  createDecoder: (options) => new ShimmerDecoder(settings(options)),
  commands(options) {
    const { crc } = settings(options);
    const steps = [[Opcode.firmware], [Opcode.expansionPower, 1]];
    if (crc > 0) steps.push([Opcode.crc, crc]);
    return {
      hello: Uint8Array.of(Opcode.inquiry),
      setup: { steps: steps.map((step) => Uint8Array.from(step)), everyMs: COMMAND_MS },
      start: Uint8Array.of(Opcode.start),
      stop: Uint8Array.of(Opcode.stop),
    };
  },
  createEmulator: (signal, options) => new ShimmerEmulator(settings(options), signal),
};
