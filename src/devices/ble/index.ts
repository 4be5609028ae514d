import { requireOptions } from "../options.js";
import type { DeviceDescriptor, DeviceOptions } from "../types.js";
import { BleDecoder } from "./decoder.js";
import { BleEmulator } from "./emulator.js";
import { bleStreams } from "./streams.js";

const PPG_RATES = ["28", "44", "55", "130", "135", "176"];
const DEFAULT_PPG_RATE = "55";

function ppgRate(options?: DeviceOptions): number {
  return Number(requireOptions(ble, options).ppgRate);
}

export const ble: DeviceDescriptor = {
  id: "ble",
  name: "Bluetooth sensors through a serial bridge",
  serial: { baud: 115200, parity: "none" },
  // ESP32 boards, which are what a bridge is usually made of.
  usb: [
    { vendorId: "10c4", productId: "ea60" },
    { vendorId: "303a", productId: "1001" },
  ],
  streams: bleStreams(Number(DEFAULT_PPG_RATE)),
  options: [
    {
      name: "ppgRate",
      values: PPG_RATES,
      default: DEFAULT_PPG_RATE,
      meaning:
        "Samples a second that the bridge has started Polar's PPG with; the notifications do not tell. 55 is a Verity " +
        "Sense's own, 130 or 135 an OH1's, the others are its SDK mode's.",
    },
  ],
  notes:
    "Heart rate (2A37), pulse oximeter (2A5F, 2A5E), battery (2A19), and Polar PPG and ECG of frame type 0, carried in biox " +
    "frames: see docs/ble-bridge.md. Losses are counted by time stamps. Other characteristics are named in a status.",
  createDecoder: (options) => new BleDecoder(ppgRate(options)),
  commands(options) {
    ppgRate(options);
    return {};
  },
  createEmulator: (signal, options) => new BleEmulator(ppgRate(options), signal),
};
