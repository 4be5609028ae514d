import { invalidArgument } from "../../errors.js";
import { requireOptions } from "../options.js";
import type { DeviceDescriptor, DeviceOptions } from "../types.js";
import { columnsOf } from "./columns.js";
import { AsciiDecoder, type AsciiSetup } from "./decoder.js";
import { AsciiEmulator } from "./emulator.js";
import { DEFAULT_RATE } from "./layout.js";
import type { Delimiter } from "./parse.js";
import { LEAST_RATE, MOST_RATE } from "./rate.js";

const MOST_COLUMNS = 32;

function setupOf(options?: DeviceOptions): AsciiSetup {
  const given = requireOptions(ascii, options);
  return {
    rate: given.rate === "auto" ? undefined : rateOption(given.rate!),
    columns: given.columns === "auto" ? undefined : columnsOption(given.columns!),
    delimiter: given.delimiter as Delimiter,
  };
}

function rateOption(text: string): number {
  const rate = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (rate >= LEAST_RATE && rate <= MOST_RATE) return rate;
  throw invalidArgument("rate", `'auto' or a number of samples a second from ${LEAST_RATE} to ${MOST_RATE}`, text);
}

function columnsOption(text: string): string[] {
  const names = text.split(",").map((name) => name.trim());
  const measured = columnsOf(names).some(({ role }) => role === "sample" || role === "slow");
  if (measured && names.length <= MOST_COLUMNS && names.every((name) => /^(-|[A-Za-z]\w{0,63})$/.test(name)))
    return names;
  throw invalidArgument(
    "columns",
    "'auto' or names with commas, '-' for a column to leave out, such as time,red,ir",
    text,
  );
}

/** Sketches that print numbers as text: PulseSensor, MAX3010x breakouts, Edge Impulse's data forwarder, and one's own. */
export const ascii: DeviceDescriptor = {
  id: "ascii",
  name: "Lines of text: PulseSensor, MAX3010x sketches, CSV, name=value, JSON",
  serial: { baud: 115200, parity: "none" },
  usb: [
    { vendorId: "2341", productId: "0043" },
    { vendorId: "1a86", productId: "7523" },
    { vendorId: "10c4", productId: "ea60" },
    { vendorId: "303a", productId: "1001" },
    { vendorId: "2e8a", productId: "000a" },
  ],
  streams: [],
  options: [
    {
      name: "rate",
      values: undefined,
      default: "auto",
      meaning:
        "Samples a second, 0.1 to 4000. By default it is measured where lines carry a time, and otherwise taken to be 50, which is " +
        "what PulseSensor's sketches print. Text tells no rate of its own: 'biox devices probe PORT' counts the samples that arrive.",
    },
    {
      name: "columns",
      values: undefined,
      default: "auto",
      meaning:
        "Names of the columns of lines that have none, with commas: ppg, red, ir, green, ecg, spo2, bpm, time (ms), us, seq, ibi, " +
        "beat or any other, and '-' to leave one out. By default they are ch1, ch2 and so on, but for PulseSensor's forms and a time " +
        "in ms or us, which their contents show.",
    },
    {
      name: "delimiter",
      values: ["auto", "comma", "semicolon", "tab", "space"],
      default: "auto",
      meaning: "What stands between columns; by default the first of these that a line has.",
    },
  ],
  notes:
    "The layout is found from the first lines that are alike: 3 with names, 16 without, and half a second where there is a time. " +
    "Text has no check sum: a changed digit is not noticed. Losses are counted by a column seq or by times; otherwise a " +
    "damaged line counts as one lost sample. A first line of numbers alone is left out, since its begin may be missing. " +
    "SpO2, pulse rate and temperature are streams of their own, and beats are events.",
  createDecoder: (options) => new AsciiDecoder(setupOf(options)),
  commands: (options) => {
    setupOf(options);
    return {};
  },
  createEmulator: (signal, options) => {
    const { rate = DEFAULT_RATE, columns } = setupOf(options);
    return new AsciiEmulator(signal, rate, columns);
  },
};
