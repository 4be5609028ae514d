import { BioxError } from "../errors.js";
import type { LinkReport } from "./feed.js";
import type { SourceSpec } from "./source-uri.js";

/**
 * What to say of a device that has not described itself.
 *
 * @param timeout ms that it had
 */
export function silentDevice(uri: string, spec: SourceSpec, timeout: number, { bytes, frames }: LinkReport): BioxError {
  const device = spec.kind === "serial" ? spec.device : "biox";
  const within = `within ${timeout / 1000} s`;
  if (bytes === 0)
    return new BioxError(
      "DEVICE_SILENT",
      `Nothing was received from ${uri} ${within}.`,
      "Check the cable, the power of the device and its baud rate.",
    );
  return new BioxError(
    "DEVICE_SILENT",
    frames === 0
      ? `${bytes} bytes were received from ${uri} ${within}, but none of them is a frame of device '${device}'.`
      : `The device at ${uri} sent ${frames} frames ${within}, but did not describe its streams.`,
    "Check device= and baud=; 'biox devices probe PORT' finds out what is there.",
  );
}

/** What to say of a source whose end came before its description. */
export function endedEarly(uri: string): BioxError {
  return new BioxError("DEVICE_SILENT", `${uri} ended before it had described its samples.`, undefined);
}
