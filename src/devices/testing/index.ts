/** Tests that all kinds of device share; only test files import this folder, and it is not part of the package. */

export { testDecoder, type WireFormat, type WireFrame } from "./decoder-tests.js";
export { converse, type EmulatedDevice, testEmulator } from "./emulator-tests.js";
export { Heard, type HeardSample } from "./heard.js";
export { type Random, seeded, whole } from "./random.js";
