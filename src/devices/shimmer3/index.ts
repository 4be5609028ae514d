import { requireOptions } from "../options.js";
import type { DeviceDescriptor, DeviceOptions } from "../types.js";
import { Opcode } from "./answers.js";
import { type ByteOrder, PPG_INPUTS } from "./channels.js";
import type { CrcBytes } from "./crc.js";
import { ShimmerDecoder, type ShimmerSettings } from "./decoder.js";
import { ShimmerEmulator } from "./emulator.js";

/** The firmware keeps one command at a time: one that comes before the last is done takes its place. */
const COMMAND_MS = 100;

function settings(options?: DeviceOptions): ShimmerSettings {
  const { crc, mag, gyro, ppg } = requireOptions(shimmer3, options) as Record<"crc" | "mag" | "gyro" | "ppg", string>;
  return { crc: Number(crc) as CrcBytes, mag: mag as ByteOrder, gyro: gyro as ByteOrder, ppg };
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
