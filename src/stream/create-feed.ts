import { findDevice } from "../devices/registry.js";
import { CsvFeed } from "./csv-feed.js";
import type { Feed } from "./feed.js";
import { isEdf, openEdf } from "./formats/edf-read.js";
import { openWfdb } from "./formats/wfdb-read.js";
import { isRecording } from "./recording.js";
import { RecordingFeed } from "./recording-feed.js";
import { type PortFinder, SerialFeed } from "./serial-feed.js";
import { SignalFileFeed } from "./signal-file-feed.js";
import { SimFeed } from "./sim-feed.js";
import type { SourceSpec } from "./source-uri.js";

/** What delivers the samples of a source; which kind of file a replay has is told by its ending or its first bytes. */
export async function createFeed(spec: SourceSpec, finder?: PortFinder): Promise<Feed> {
  if (spec.kind === "sim") return new SimFeed(spec.options);
  if (spec.kind === "serial") {
    const device = findDevice(spec.device);
    const serial = { ...device.serial, baud: spec.baud ?? device.serial.baud };
    return new SerialFeed(spec.path, device, serial, spec.options, undefined, finder);
  }
  if (spec.path.endsWith(".hea")) return new SignalFileFeed(spec.path, openWfdb, spec.speed, spec.rate);
  if (/\.(edf|bdf)$/i.test(spec.path) || (await isEdf(spec.path)))
    return new SignalFileFeed(spec.path, openEdf, spec.speed, spec.rate);
  if (await isRecording(spec.path)) return new RecordingFeed(spec.path, spec.speed, spec.rate);
  return new CsvFeed(spec.path, spec.channels, spec.rate, spec.speed);
}
