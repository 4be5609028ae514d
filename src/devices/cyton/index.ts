import { requireOptions } from "../options.js";
import type { DeviceCommands, DeviceDescriptor, DeviceOption, DeviceOptions } from "../types.js";
import { CytonDecoder, type CytonSettings } from "./decoder.js";
import { CytonEmulator } from "./emulator.js";
import { type CytonLink, START_BYTE } from "./frame.js";
import { AUX_MODES, type AuxMode, cytonStreams } from "./streams.js";

/** Digit for each gain in the command `x`, that of the ADS1299. */
const GAIN_DIGITS = { 1: 0, 2: 1, 4: 2, 6: 3, 8: 4, 12: 5, 24: 6 };
/** Names of the channels in the command `x`, the Daisy's last. */
const CHANNEL_NAMES = "12345678QWERTYUI";
const DEFAULT_GAIN = "24";
/** The radio carries a command in some milliseconds; the board needs up to some tens to set a channel. */
const COMMAND_MS = 100;

const OPTIONS: DeviceOption[] = [
  {
    name: "gain",
    values: Object.keys(GAIN_DIGITS),
    default: DEFAULT_GAIN,
    meaning: "Gain that all channels are set to. 24 is what the board has after a reset.",
  },
  {
    name: "aux",
    values: Object.keys(AUX_MODES),
    default: "accel",
    meaning:
      "What the board is told to send beside the channels: its accelerometer (its own default), its analog pins " +
      "(a PulseSensor goes there), its digital pins, or, unasked, whatever the three words are (raw).",
  },
  {
    name: "link",
    values: Object.keys(START_BYTE),
    default: "dongle",
    meaning: "direct: wired to the board without its dongle, where frames begin with 41 instead of A0.",
  },
];

const ascii = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "latin1"));

function cytonCommands(boards: 1 | 2, gain: string, aux: AuxMode): DeviceCommands {
  const steps = [boards === 2 ? "C" : "c"];
  const { mode } = AUX_MODES[aux];
  if (mode !== undefined && aux !== "accel") steps.push(`/${mode}`);
  if (gain !== DEFAULT_GAIN) {
    const digit = GAIN_DIGITS[Number(gain) as keyof typeof GAIN_DIGITS];
    // Powered, normal input, in the bias, SRB2 connected, SRB1 not: the defaults but for the gain.
    for (const name of CHANNEL_NAMES.slice(0, 8 * boards)) steps.push(`x${name}0${digit}0110X`);
  }
  return {
    hello: ascii("v"),
    setup: { steps: steps.map(ascii), everyMs: COMMAND_MS },
    start: ascii("b"),
    stop: ascii("s"),
  };
}

function describe(id: string, name: string, boards: 1 | 2, notes: string): DeviceDescriptor {
  const require = (options?: DeviceOptions) => requireOptions({ id, options: OPTIONS }, options);
  const settings = (options?: DeviceOptions): CytonSettings => {
    const { gain, aux, link } = require(options);
    return { boards, gain: Number(gain), aux: aux as AuxMode, link: link as CytonLink };
  };
  return {
    id,
    name,
    serial: { baud: 115200, parity: "none" },
    // The dongle's FTDI chip.
    usb: [{ vendorId: "0403", productId: "6015" }],
    streams: cytonStreams(boards, Number(DEFAULT_GAIN), "accel"),
    options: OPTIONS,
    notes,
    createDecoder: (options) => new CytonDecoder(settings(options)),
    commands(options) {
      const { gain, aux } = require(options);
      return cytonCommands(boards, gain!, aux as AuxMode);
    },
    createEmulator: (signal, options) => new CytonEmulator(settings(options), signal),
  };
}

const NO_SUM =
  "Frames have no check sum: a byte damaged between start and end gives a wrong sample. More than 255 frames lost in a row " +
  "(1 s) are counted modulo 256.";

export const cyton = describe(
  "cyton",
  "OpenBCI Cyton",
  1,
  `${NO_SUM} The accelerometer is taken to be read once in ten frames.`,
);

export const cytonDaisy = describe(
  "cyton-daisy",
  "OpenBCI Cyton with Daisy, 16 channels",
  2,
  `${NO_SUM} Each sample is two frames; half a sample is dropped and counted as undescribed.`,
);
