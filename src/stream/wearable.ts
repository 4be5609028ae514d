import { emulatedStreams } from "../devices/synthetic/converse.js";
import { type Playback, playbackSignal } from "../devices/synthetic/playback.js";
import { type SyntheticOptions, syntheticSignal } from "../devices/synthetic/signal.js";
import type { DeviceDescriptor, DeviceOptions } from "../devices/types.js";
import { type DeviceEmulatorOptions, startDeviceEmulator } from "./device-emulator.js";
import type { Emulator } from "./emulator.js";

/** What an emulated device measures, and how it is played. */
export interface WearableOptions extends SyntheticOptions, Omit<DeviceEmulatorOptions, "signal" | "pause"> {
  options?: DeviceOptions;
  /** Columns to play in place of the synthetic signal; the device ends with them. */
  playback?: Playback;
}

/**
 * Starts an emulated device of any kind but `biox` behind a pseudo-terminal.
 *
 * @throws BioxError EMULATOR_FAILED, or INVALID_ARGUMENT for options that the device does not have
 */
export async function startWearable(device: DeviceDescriptor, given: WearableOptions = {}): Promise<Emulator> {
  const { hr, resp, noise, playback, ...how } = given;
  const streams = emulatedStreams(device, how.options);
  const { seed } = how;
  const steady: SyntheticOptions = Object.fromEntries(
    Object.entries({ hr, resp, noise, seed }).filter(([, value]) => value !== undefined),
  );
  const synthetic = syntheticSignal(streams, steady);
  if (!playback) return startDeviceEmulator(device, { ...how, signal: synthetic });
  const seconds = (playback.samples[0]?.length ?? 0) / playback.rate;
  const signal = playbackSignal(streams, playback, synthetic);
  return startDeviceEmulator(device, { ...how, signal, pause: true, duration: seconds });
}
