import { join, resolve } from "node:path";
import * as v from "valibot";
import { BioxError, invalidArgument } from "../errors.js";
import { createSink } from "../sinks/create-sink.js";
import { Announced } from "../sinks/mqtt/announced.js";
import { type SinkSettings, sinksSettings } from "../sinks/settings.js";
import { type Forgotten, forgetFiles } from "../store/forget/forget-files.js";
import { recordingsSettings } from "../store/settings.js";
import type { GatewaySettings } from "./config/settings.js";
import { recordingsFolder } from "./storage.js";

/** How long a broker may take to be reached and to remove what it keeps, ms. */
const BROKER_MS = 10_000;
const LOOK_MS = 100;
const WEARER_ID = /^[A-Za-z0-9_-]{1,40}$/;

/** Sections of a configuration that say where data of wearers lie. */
export const forgetSections = {
  sinks: v.optional(sinksSettings, []),
  recordings: v.optional(recordingsSettings, {}),
};

export interface ForgetSettings extends GatewaySettings {
  readonly sinks: readonly SinkSettings[];
  readonly recordings: v.InferOutput<typeof recordingsSettings>;
}

export interface ForgetReport extends Forgotten {
  readonly wearer: string;
  readonly dryRun: boolean;
  /** What brokers keep of the wearer: retained messages, announcements. */
  readonly brokers: readonly {
    readonly sink: string;
    readonly state: "cleared" | "nothing" | "kept" | "unreachable";
  }[];
  /** What is beyond reach, in sentences. */
  readonly remains: readonly string[];
}

/**
 * Removes everything of a wearer that a gateway has kept, and what its brokers keep. The gateway must not be running.
 *
 * @param config as `readConfig` gives it; paths are taken from the current folder
 * @param dryRun only say what would be removed, which a running gateway does not mind
 * @throws BioxError INVALID_ARGUMENT where it is no id, or a wearer of the configuration; FILE_UNWRITABLE where a gateway is running
 */
export async function forgetWearer(wearer: string, config: ForgetSettings, dryRun: boolean): Promise<ForgetReport> {
  if (!WEARER_ID.test(wearer)) throw invalidArgument("wearer", "an id of 1 to 40 letters, digits, '_' and '-'", wearer);
  if (!dryRun && config.wearers.some(({ id }) => id === wearer))
    throw new BioxError(
      "INVALID_ARGUMENT",
      `Wearer '${wearer}' is in the configuration and would be measured again.`,
      "Take it out of 'wearers' and stop the gateway, then forget; --dry-run only looks.",
    );
  const data = resolve(config.data);
  const folders = [data, recordingsFolder(data, config.recordings.folder)];
  const lineFiles: string[] = [];
  for (const sink of config.sinks) {
    if (sink.type === "csv") folders.push(resolve(data, sink.folder));
    if (sink.type === "influx" && sink.file !== undefined) lineFiles.push(resolve(sink.file));
  }
  const forgotten = await forgetFiles(wearer, { folders, lineFiles }, dryRun);
  const brokers: ForgetReport["brokers"][number][] = [];
  for (const sink of config.sinks)
    if (sink.type === "mqtt")
      brokers.push({
        sink: sink.name,
        state: await clearBroker(wearer, sink, { gateway: config.gateway, data }, dryRun),
      });
  return { wearer, dryRun, ...forgotten, brokers, remains: remains(config, data, brokers) };
}

/** Has a broker remove what it keeps; that is known from a file, so that it can be done later, too. */
async function clearBroker(
  wearer: string,
  sink: SinkSettings,
  { gateway, data }: { gateway: string; data: string },
  dryRun: boolean,
): Promise<ForgetReport["brokers"][number]["state"]> {
  const path = announcedPath(data, sink.name);
  const kept = (): boolean => new Announced(path).all().includes(wearer);
  if (!kept()) return "nothing";
  if (dryRun) return "kept";
  const silent = { info: () => {}, warn: () => {}, error: () => {} };
  const opened = await createSink(sink, { gateway, data, log: silent });
  try {
    await opened.forget?.(wearer);
    const end = performance.now() + BROKER_MS;
    while (kept() && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    return kept() ? "unreachable" : "cleared";
  } finally {
    await opened.close(LOOK_MS);
  }
}

const announcedPath = (data: string, sink: string): string => join(data, "queues", `${sink}.announced.json`);

function remains(config: ForgetSettings, data: string, brokers: ForgetReport["brokers"]): string[] {
  const sentences: string[] = [];
  for (const { sink, state } of brokers)
    if (state === "unreachable")
      sentences.push(
        `The broker of sink '${sink}' was not reached: its retained messages are removed when the gateway next reaches it, and until then the id stands in '${announcedPath(data, sink)}'.`,
      );
  for (const sink of config.sinks)
    if (sink.type !== "csv" && !("file" in sink && sink.file !== undefined))
      sentences.push(`What sink '${sink.name}' has sent is with those who have received it.`);
  return [...sentences, "The system's log, and backups, may still name the id."];
}
