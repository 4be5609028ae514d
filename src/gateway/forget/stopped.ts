import { resolve } from "node:path";
import { forgetWindows } from "../../scale/index.js";
import { createSink } from "../../sinks/create-sink.js";
import { Announced } from "../../sinks/mqtt/announced.js";
import type { SinkSettings } from "../../sinks/settings.js";
import { forgetFiles } from "../../store/forget/forget-files.js";
import {
  announcedPath,
  type ForgetReport,
  type ForgetSettings,
  placesOf,
  remainsOf,
  requireForgettable,
  SCALE,
} from "./report.js";

/** How long a sink that was opened for this may take to close, ms. */
const CLOSE_MS = 100;

/**
 * Removes everything of a wearer that a gateway has kept, and what its brokers keep. The gateway must not be running.
 *
 * @param config as `readConfig` gives it; paths are taken from the current folder
 * @param dryRun only say what would be removed, which a running gateway does not mind
 * @throws BioxError INVALID_ARGUMENT where it is no id, or a wearer of the configuration; FILE_UNWRITABLE where a gateway is running
 */
export async function forgetWearer(wearer: string, config: ForgetSettings, dryRun: boolean): Promise<ForgetReport> {
  requireForgettable(wearer, dryRun ? [] : config.wearers);
  const { gateway } = config;
  const data = resolve(config.data);
  const forgotten = await forgetFiles(wearer, placesOf(config), dryRun);
  const brokers: ForgetReport["brokers"][number][] = [];
  for (const sink of config.sinks)
    if (sink.type === "mqtt")
      brokers.push({ sink: sink.name, state: await clearBroker(wearer, sink, { gateway, data }, dryRun) });
  if (config.scale && !dryRun)
    brokers.push({ sink: SCALE, state: await forgetWindows(config.scale, { gateway, wearer }) });
  return { wearer, dryRun, ...forgotten, brokers, remains: remainsOf(config, brokers) };
}

/** Has a broker remove what it keeps; that is known from a file, so that it can be done later, too. */
async function clearBroker(
  wearer: string,
  sink: SinkSettings,
  { gateway, data }: { gateway: string; data: string },
  dryRun: boolean,
): Promise<ForgetReport["brokers"][number]["state"]> {
  if (!new Announced(announcedPath(data, sink.name)).has(wearer)) return "nothing";
  if (dryRun) return "kept";
  const silent = { info: () => {}, warn: () => {}, error: () => {} };
  const opened = await createSink(sink, { gateway, data, log: silent });
  try {
    return (await opened.forget?.(wearer))?.broker ?? "nothing";
  } finally {
    await opened.close(CLOSE_MS);
  }
}
