import { requireOptions } from "../options.js";
import type { DeviceDescriptor, DeviceOption } from "../types.js";
import { NONIN_STREAMS, NoninDecoder } from "./decoder.js";
import { NoninEmulator, selectFormat } from "./emulator.js";
import { DF2, df7 } from "./frame.js";

/** The USB dongle is an FTDI chip; adapters for the modules carry it, too. */
const USB = [{ vendorId: "0403", productId: "6001" }];

const SELECT: DeviceOption = {
  name: "select",
  values: ["no", "yes"],
  default: "no",
  meaning:
    "Whether to send the command that selects this format, as the 9560 and 3150 need it. By default nothing is sent, since " +
    "an OEM III or Xpod sends by itself and has its format set by wiring or at the factory.",
};

const NOTES =
  "75 Hz in packets of 25 frames; SpO2 and pulse rate, averages of four beats, come three times a second from whole packets. " +
  "Losses are counted by the SYNC bit of each packet and, where the module counts packets in its timer, by that.";

export const noninDf2: DeviceDescriptor = {
  id: "nonin-df2",
  name: "Nonin OEM III, Xpod, iPod, WristOx2: data format 2, 8-bit waveform",
  serial: { baud: 9600, parity: "none" },
  usb: USB,
  streams: NONIN_STREAMS,
  options: [SELECT],
  notes: NOTES,
  createDecoder: (options) => {
    const { select } = requireOptions(noninDf2, options);
    return new NoninDecoder("nonin-df2", DF2, select === "yes");
  },
  commands: (options) => {
    const { select } = requireOptions(noninDf2, options);
    return select === "yes" ? { hello: selectFormat(0x02) } : {};
  },
  createEmulator: (signal, options) => {
    const { select } = requireOptions(noninDf2, options);
    return new NoninEmulator(signal, 2, 1, select === "yes");
  },
};

export const noninDf7: DeviceDescriptor = {
  id: "nonin-df7",
  name: "Nonin OEM III, Xpod, iPod, WristOx2: data format 7, 16-bit waveform",
  serial: { baud: 9600, parity: "none" },
  usb: USB,
  streams: NONIN_STREAMS,
  options: [
    {
      name: "msb",
      values: ["256", "128"],
      default: "256",
      meaning:
        "Weight of the first waveform byte. 256 makes the 16-bit number that the manual describes, as the systole driver reads " +
        "it; 128 is what the Oxford capture program takes, which shifts by 7.",
    },
    SELECT,
  ],
  notes: NOTES,
  createDecoder: (options) => {
    const { msb, select } = requireOptions(noninDf7, options);
    return new NoninDecoder("nonin-df7", df7(Number(msb)), select === "yes");
  },
  commands: (options) => {
    const { select } = requireOptions(noninDf7, options);
    return select === "yes" ? { hello: selectFormat(0x07) } : {};
  },
  createEmulator: (signal, options) => {
    const { msb, select } = requireOptions(noninDf7, options);
    return new NoninEmulator(signal, 7, Number(msb), select === "yes");
  },
};
