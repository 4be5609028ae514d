import { invalidArgument } from "../../errors.js";
import { requireOptions } from "../options.js";
import type { DeviceDescriptor, DeviceOptions } from "../types.js";
import { AnyHealthyPi5 } from "./any-healthypi5.js";
import { BOARD_NAMES, type BoardLayout, boardLayout, ORDERS, type Order } from "./boards.js";
import { Breakout } from "./breakout.js";
import { OpenViewDecoder } from "./decoder.js";
import { emulateBreakout, emulateHealthyPi4, emulateHealthyPi5 } from "./emulator.js";
import { HealthyPi4 } from "./healthypi4.js";
import { HealthyPi5 } from "./healthypi5.js";
import { TEMPERATURES, type Temperature } from "./healthypi5-firmware1.js";

export const healthypi4: DeviceDescriptor = {
  id: "healthypi4",
  name: "ProtoCentral HealthyPi v4",
  serial: { baud: 115200, parity: "none" },
  usb: [
    { vendorId: "0403", productId: "6001" },
    { vendorId: "0403", productId: "6015" },
    { vendorId: "10c4", productId: "ea60" },
  ],
  streams: new HealthyPi4().describe().streams,
  options: [],
  notes:
    "Streams in its V3 mode. ECG is filtered in the firmware. No check sum: a wrong byte within a frame can go unnoticed. " +
    "Blood pressure in its frames is a constant and is left out.",
  createDecoder: (options) => {
    requireOptions(healthypi4, options);
    return new OpenViewDecoder(() => new HealthyPi4());
  },
  commands: (options) => {
    requireOptions(healthypi4, options);
    return {};
  },
  createEmulator: (signal, options) => {
    requireOptions(healthypi4, options);
    return emulateHealthyPi4(signal);
  },
};

export const healthypi5: DeviceDescriptor = {
  id: "healthypi5",
  name: "ProtoCentral HealthyPi 5",
  serial: { baud: 115200, parity: "none" },
  usb: [],
  streams: new HealthyPi5().describe().streams,
  options: [
    {
      name: "temperature",
      values: TEMPERATURES,
      default: "none",
      meaning:
        "What to make of the temperature of firmware 1, which sends its high byte twice: none (default, since the value is wrong by up " +
        "to 2.55 degC), u16 (as readers do that take it for a whole number; right only where the firmware was mended), or high-byte " +
        "(the byte alone, steps of 2.56 degC). Firmware 2 is not concerned.",
    },
  ],
  notes:
    "Firmware 1 and 2 are told apart by their frames. USB ignores the baud rate. Firmware 2 repeats PPG and respiration between their " +
    "own samples (about 71 and 64 Hz): repeats are dropped. No check sum.",
  createDecoder: (options) => {
    const { temperature } = requireOptions(healthypi5, options);
    return new OpenViewDecoder(() => new AnyHealthyPi5(temperature as Temperature));
  },
  commands: (options) => {
    requireOptions(healthypi5, options);
    return {};
  },
  createEmulator: (signal, options) => {
    requireOptions(healthypi5, options);
    return emulateHealthyPi5(signal);
  },
};

/** Layout and rate that the options of `openview` ask for. */
function breakout(options: DeviceOptions | undefined): { layout: BoardLayout; rate: number } {
  const { board, order, rate } = requireOptions(openview, options) as { board: string; order: Order; rate: string };
  const layout = boardLayout(board, order);
  if (rate === "board") return { layout, rate: layout.rate };
  const given = /^\d+(\.\d+)?$/.test(rate) ? Number(rate) : Number.NaN;
  if (!(given >= 1 && given <= 2000)) throw invalidArgument("rate", "board, or a number from 1 to 2000", rate);
  return { layout, rate: given };
}

export const openview: DeviceDescriptor = {
  id: "openview",
  name: "ProtoCentral shields and breakouts (OpenView frame)",
  serial: { baud: 57600, parity: "none" },
  usb: [
    { vendorId: "0403", productId: "6001" },
    { vendorId: "10c4", productId: "ea60" },
  ],
  streams: new Breakout(boardLayout("afe4490", "board"), 100).describe().streams,
  options: [
    {
      name: "board",
      values: BOARD_NAMES,
      default: "afe4490",
      meaning: "Which board it is: frames do not tell what their values are. The default is the most common of them.",
    },
    {
      name: "order",
      values: ORDERS,
      default: "board",
      meaning:
        "Which light comes first: board (default, as the example program of the board sends it), red-ir or ir-red. Versions of the " +
        "AFE4490 and MAX86150 examples differ; those of the AFE4490 that send infrared first have exchanged SpO2 and pulse rate, too.",
    },
    {
      name: "rate",
      values: undefined,
      default: "board",
      meaning:
        "Samples a second, 1 to 2000, or board (default: what the example program sets: 200 for max86150, 100 for the others). The " +
        "boards have no clock on the wire, so count them where it matters: 'biox devices probe' does.",
    },
  ],
  variants: BOARD_NAMES.map((board) => ({ board })),
  notes: "Boards that run ProtoCentral's OpenView examples; board= says which. No check sum.",
  createDecoder: (options) => {
    const { layout, rate } = breakout(options);
    return new OpenViewDecoder(() => new Breakout(layout, rate));
  },
  commands: (options) => {
    breakout(options);
    return {};
  },
  createEmulator: (signal, options) => emulateBreakout(breakout(options), signal),
};
