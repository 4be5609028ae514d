import { encodeFrame, FrameKind } from "../../framing/frame.js";
import { requireOptions } from "../options.js";
import type { DeviceDescriptor } from "../types.js";
import { BioxDecoder } from "./decoder.js";
import { packMap } from "./messagepack.js";

/** One command frame, with a delimiter before it that ends whatever noise the device may have heard. */
function command(cmd: "hello" | "start" | "stop", index: number): Uint8Array {
  return Uint8Array.of(0, ...encodeFrame({ kind: FrameKind.command, index, payload: packMap({ cmd }) }));
}

const HELLO = command("hello", 1);
const COMMANDS = { hello: HELLO, describe: HELLO, start: command("start", 2), stop: command("stop", 3) };

/** Everything that speaks the biox frame: boards with the firmware library, and the emulator. */
export const biox: DeviceDescriptor = {
  id: "biox",
  name: "biox frame (firmware-bridge)",
  serial: { baud: 115200, parity: "none" },
  // The usual USB-serial chips of boards on which the library runs.
  usb: [
    { vendorId: "10c4", productId: "ea60" },
    { vendorId: "1a86", productId: "7523" },
    { vendorId: "0403", productId: "6001" },
    { vendorId: "2341", productId: "0043" },
    { vendorId: "303a", productId: "1001" },
  ],
  notes: "Describes its own streams in a hello message, so nothing but the port and its speed must be known.",
  streams: [],
  options: [],
  createDecoder: (options) => {
    requireOptions(biox, options);
    return new BioxDecoder();
  },
  commands: (options) => {
    requireOptions(biox, options);
    return COMMANDS;
  },
};
