import { join, resolve } from "node:path";
import * as v from "valibot";
import { BioxError, invalidArgument } from "../../errors.js";
import { scaleSettings } from "../../scale/index.js";
import { type SinkSettings, sinksSettings } from "../../sinks/settings.js";
import type { SinkForgotten } from "../../sinks/sink.js";
import type { Places } from "../../store/forget/forget-files.js";
import type { Forgotten } from "../../store/forget/forgotten.js";
import { recordingsSettings } from "../../store/settings.js";
import type { GatewaySettings } from "../config/settings.js";
import { recordingsFolder } from "../storage.js";

const WEARER_ID = /^[A-Za-z0-9_-]{1,40}$/;
/** Under which the report names the broker of workers, beside the names of sinks. */
export const SCALE = "scale";

/** Sections of a configuration that say where data of wearers lie. */
export const forgetSections = {
  sinks: v.optional(sinksSettings, []),
  recordings: v.optional(recordingsSettings, {}),
  scale: v.optional(scaleSettings),
};

export interface ForgetSettings extends GatewaySettings {
  readonly sinks: readonly SinkSettings[];
  readonly recordings: v.InferOutput<typeof recordingsSettings>;
  readonly scale?: v.InferOutput<typeof scaleSettings> | undefined;
}

export interface ForgetReport extends Forgotten {
  readonly wearer: string;
  readonly dryRun: boolean;
  /** What brokers keep of the wearer: retained messages, announcements, windows that wait for workers. */
  readonly brokers: readonly {
    /** Name of the sink; `scale` for the broker of workers. */
    readonly sink: string;
    readonly state: NonNullable<SinkForgotten["broker"]> | "kept";
  }[];
  /** What is beyond reach, in sentences. */
  readonly remains: readonly string[];
}

/** @throws BioxError INVALID_ARGUMENT where it is no id, or that of a wearer who is measured */
export function requireForgettable(wearer: string, wearers: readonly { readonly id: string }[]): void {
  if (!WEARER_ID.test(wearer)) throw invalidArgument("wearer", "an id of 1 to 40 letters, digits, '_' and '-'", wearer);
  if (wearers.some(({ id }) => id === wearer))
    throw new BioxError(
      "INVALID_ARGUMENT",
      `Wearer '${wearer}' is in the configuration and would be measured again.`,
      "Take it out of 'wearers', have a running gateway read the configuration again (SIGHUP), then forget; --dry-run only looks.",
    );
}

/** Where a gateway of this configuration keeps what it knows of wearers. */
export function placesOf(config: ForgetSettings): Places {
  const data = resolve(config.data);
  const folders = [data, recordingsFolder(data, config.recordings.folder)];
  const lineFiles: string[] = [];
  for (const sink of config.sinks) {
    if (sink.type === "csv") folders.push(resolve(data, sink.folder));
    if (sink.type === "influx" && sink.file !== undefined) lineFiles.push(resolve(sink.file));
  }
  return { folders, lineFiles };
}

export const announcedPath = (data: string, sink: string): string => join(data, "queues", `${sink}.announced.json`);

/** What is beyond reach, in sentences. */
export function remainsOf(config: ForgetSettings, brokers: ForgetReport["brokers"]): string[] {
  const sentences: string[] = [];
  for (const { sink, state } of brokers)
    if (state === "unreachable")
      sentences.push(
        sink === SCALE
          ? `The broker of workers was not reached: it drops windows after ${config.scale?.deadline} s, and results after two minutes.`
          : `The broker of sink '${sink}' was not reached: its retained messages are removed when the gateway next reaches it, and until then the id stands in '${announcedPath(resolve(config.data), sink)}'.`,
      );
  for (const sink of config.sinks)
    if (sink.type !== "csv" && !("file" in sink && sink.file !== undefined))
      sentences.push(`What sink '${sink.name}' has sent is with those who have received it.`);
  return [...sentences, "The system's log, and backups, may still name the id."];
}
