import { requireOptions } from "../options.js";
import type { DeviceDescriptor } from "../types.js";
import { Cms50Decoder } from "./decoder.js";
import { OldCms50Emulator, V7_KEEP_ALIVE, V7_START, V7_STOP, V7Emulator, v7Command } from "./emulator.js";
import { OLD_RULE, readOldFrame } from "./old-frame.js";
import { oldStreams, RATE_HZ, V7_STREAMS } from "./reading.js";
import { readV7Frame, V7_RULE } from "./v7-frame.js";

/** The bridges inside the cables: CP2102 mostly, Prolific in older ones. */
const USB = [
  { vendorId: "10c4", productId: "ea60" },
  { vendorId: "067b", productId: "2303" },
];

/** Contec CMS50D and CMS50E of the first kind, CMS-P, and oximeters that call the same frame "BCI". */
export const cms50: DeviceDescriptor = {
  id: "cms50",
  name: "Contec CMS50D/E (old firmware) and compatible fingertip oximeters",
  serial: { baud: 19200, parity: "odd" },
  usb: USB,
  streams: oldStreams(RATE_HZ),
  options: [
    {
      name: "rate",
      values: ["60", "100"],
      default: "60",
      meaning:
        "Frames a second. Contec's oximeters send 60, hence the default; BerryMed's modules send the same frame 100 times, at " +
        "baud=115200. Whether theirs has odd parity, too, as the port is opened here, is not known.",
    },
  ],
  notes:
    "Sends by itself. The waveform has 7 bits and is scaled by the device. The frame has neither check sum nor " +
    "counter: losses are estimated from the bytes that were skipped.",
  createDecoder: (options) => {
    const streams = oldStreams(Number(requireOptions(cms50, options).rate));
    return new Cms50Decoder({ device: "cms50", rule: OLD_RULE, read: readOldFrame, streams });
  },
  commands: (options) => {
    requireOptions(cms50, options);
    return {};
  },
  createEmulator: (signal, options) => {
    return new OldCms50Emulator(signal, Number(requireOptions(cms50, options).rate));
  },
};

/** Contec CMS50D+ from firmware 4.6 on, CMS50E and CMS50F: the protocol of the program "SpO2 Assistant V7". */
export const cms50V7: DeviceDescriptor = {
  id: "cms50-v7",
  name: "Contec CMS50D+ (firmware 4.6 and later), CMS50E, CMS50F",
  serial: { baud: 115200, parity: "none" },
  usb: USB,
  streams: V7_STREAMS,
  options: [],
  notes:
    "Sends at 60 Hz after a command and stops after 30 s unless told to go on, which is done each 15 s. The waveform has 7 " +
    "bits and is scaled by the device. The perfusion index is given as sent, since its scale is not published. The frame has " +
    "neither check sum nor counter: losses are estimated from the bytes that were skipped.",
  createDecoder: (options) => {
    requireOptions(cms50V7, options);
    return new Cms50Decoder({ device: "cms50-v7", rule: V7_RULE, read: readV7Frame, streams: V7_STREAMS });
  },
  commands: (options) => {
    requireOptions(cms50V7, options);
    return {
      start: v7Command(V7_START),
      stop: v7Command(V7_STOP),
      keepAlive: { bytes: v7Command(V7_KEEP_ALIVE), everyMs: 15_000 },
    };
  },
  createEmulator: (signal, options) => {
    requireOptions(cms50V7, options);
    return new V7Emulator(signal);
  },
};
