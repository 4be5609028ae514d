import type { DeviceDescriptor, DeviceOptions, StreamDescriptor } from "../types.js";

/** Longest dialogue, ms of device time. */
const LONGEST_MS = 10_000;
const STEP_MS = 10;
const ASK_MS = 300;

/**
 * The streams that an emulated device has with these options: it is switched on, asked and started as a gateway would, until its decoder
 * knows. Empty where that does not happen within ten seconds of device time.
 */
export function emulatedStreams(device: DeviceDescriptor, options?: DeviceOptions): StreamDescriptor[] {
  const emulator = device.createEmulator?.(() => 0, options);
  if (!emulator) return [];
  const decoder = device.createDecoder(options);
  const { hello, start } = device.commands(options);
  let streams: StreamDescriptor[] = [];
  const hear = (bytes: Uint8Array): void =>
    decoder.push(bytes, (message) => {
      if (message.type === "hello") streams = message.streams;
    });
  hear(emulator.boot());
  for (let ms = 0; ms < LONGEST_MS && streams.length === 0; ms += STEP_MS) {
    const command = hello ?? start;
    if (command && ms % ASK_MS === 0) hear(emulator.receive(command));
    hear(emulator.advance(STEP_MS));
  }
  return streams;
}
