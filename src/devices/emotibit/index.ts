import { requireOptions } from "../options.js";
import type { DeviceDescriptor, DeviceOptions } from "../types.js";
import { EmotiBitDecoder } from "./decoder.js";
import { EmotiBitEmulator } from "./emulator.js";
import { DEFAULT_TAGS, emotiBitStreams, requireTags } from "./streams.js";

const PPG_RATES = ["25", "100"] as const;

function settings(options?: DeviceOptions): { tags: string[]; ppgRate: number } {
  const { tags, ppgRate } = requireOptions(emotibit, options) as Record<"tags" | "ppgRate", string>;
  return { tags: requireTags(tags), ppgRate: Number(ppgRate) };
}

/** The firmware takes one tag a command. */
function ask(sign: "+" | "-", tags: readonly string[]): Uint8Array {
  return Uint8Array.from(Buffer.from(tags.map((tag) => `@S${sign},${tag}~`).join("")));
}

export const emotibit: DeviceDescriptor = {
  id: "emotibit",
  name: "EmotiBit",
  serial: { baud: 2_000_000, parity: "none" },
  // Its Feather: Adafruit's M0 WiFi, or the CP2104 and CH9102 of the ESP32 Feathers.
  usb: [
    { vendorId: "239a", productId: "800b" },
    { vendorId: "10c4", productId: "ea60" },
    { vendorId: "1a86", productId: "55d4" },
  ],
  streams: emotiBitStreams(requireTags(DEFAULT_TAGS), Number(PPG_RATES[0])),
  options: [
    {
      name: "tags",
      values: undefined,
      default: DEFAULT_TAGS,
      meaning: "Tags of the series that the board is asked for. The default is what it can be asked for at once.",
    },
    {
      name: "ppgRate",
      values: PPG_RATES,
      default: PPG_RATES[0],
      meaning: "Samples a second of the three colours: 25 with the stock firmware, 100 with its PPG_100Hz variant.",
    },
  ],
  notes:
    "The firmware prints packets on its serial port only in its factory test mode, for the tags it is asked for. " +
    "Lines have no check sum. Losses are counted by time stamps, since packet numbers also count " +
    "what goes out by radio.",
  createDecoder(options) {
    const { tags, ppgRate } = settings(options);
    return new EmotiBitDecoder(tags, ppgRate);
  },
  commands(options) {
    const { tags } = settings(options);
    return { start: ask("+", tags), stop: ask("-", tags) };
  },
  createEmulator(signal, options) {
    const { tags, ppgRate } = settings(options);
    return new EmotiBitEmulator(tags, emotiBitStreams(tags, ppgRate), signal);
  },
};
