import type { DeviceDescriptor } from "../types.js";
import { IDLE, STOP, setRate, start, VERSION } from "./commands.js";
import { BitalinoDecoder } from "./decoder.js";
import { BitalinoEmulator } from "./emulator.js";
import { BITALINO_OPTIONS, bitalinoSetup } from "./options.js";

/** PLUX BITalino (r)evolution, over Bluetooth's serial profile or a USB-UART cable. */
export const bitalino: DeviceDescriptor = {
  id: "bitalino",
  name: "BITalino (r)evolution",
  serial: { baud: 115200, parity: "none" },
  usb: [{ vendorId: "0403", productId: "6001" }],
  streams: [bitalinoSetup({ id: "bitalino", options: BITALINO_OPTIONS }).stream],
  options: BITALINO_OPTIONS,
  notes:
    "Raw counts of the inputs, 10 bits for the first four chosen and 6 for the others; what they measure depends on the sensor " +
    "that is plugged in. Digital lines come as events when they change. The CRC has 4 bits: of 16 damaged frames one passes " +
    "it. A loss of 16 frames or more that leaves no byte behind shows only modulo 16.",
  createDecoder: (options) => new BitalinoDecoder(bitalinoSetup(bitalino, options)),
  commands: (options) => {
    const setup = bitalinoSetup(bitalino, options);
    return {
      hello: Uint8Array.of(IDLE, VERSION),
      start: Uint8Array.of(setRate(setup.rate), start(setup)),
      stop: Uint8Array.of(STOP),
    };
  },
  createEmulator: (signal, options) => {
    bitalinoSetup(bitalino, options);
    return new BitalinoEmulator(signal);
  },
};
