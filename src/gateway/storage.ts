import { join, resolve } from "node:path";
import type { GatewayMessage } from "../sinks/sink.js";
import { encryptTo } from "../store/encrypt/encrypt-to.js";
import { openHistory } from "../store/history/history.js";
import { RecordingKeeper } from "../store/retention/recording-keeper.js";
import type { HistorySettings, RecordingsSettings } from "../store/settings.js";
import type { Log } from "./log.js";
import { type HistoryStore, MemoryHistory } from "./memory-history.js";
import type { RecordingOptions } from "./wearer-recorder.js";

/** What of a configuration says where data lie, and how long. */
export interface StorageSettings {
  /** Folder of the data. */
  readonly data: string;
  readonly history: HistorySettings;
  readonly recordings: RecordingsSettings;
}

/** A gateway's data at rest. */
export interface Storage {
  /** On the disk, or in memory. */
  readonly history: HistoryStore;
  /** For `recordInto`. */
  readonly recordings: RecordingOptions;
  /**
   * Begins to remove recordings that are beyond their limits.
   *
   * @param underWay paths of recordings that are being written
   */
  keep(underWay: () => readonly string[]): RecordingKeeper;
}

/** The file of a gateway's history. */
export const historyPath = (data: string): string => join(data, "history.sqlite");
/** The folder of its recordings. */
export const recordingsFolder = (data: string, folder: string): string => resolve(data, folder);

/**
 * Opens what a gateway keeps: its history on the disk, or in memory where better-sqlite3 is not installed, and its recordings.
 *
 * @throws BioxError KEY_INVALID
 */
export async function openStorage({ data, history, recordings }: StorageSettings, log: Log): Promise<Storage> {
  const onProblem = (reason: string): void => log.error({ reason }, "data at rest are in trouble");
  const folder = recordingsFolder(data, recordings.folder);
  const createFile = recordings.encrypt === undefined ? undefined : await encryptTo(recordings.encrypt);
  const onDisk = await openHistory<GatewayMessage>(historyPath(data), history, onProblem);
  if (!onDisk)
    log.warn({}, "better-sqlite3 is not installed: history is in memory only, the newest 2000 messages of each wearer");
  return {
    history: onDisk ?? new MemoryHistory(),
    recordings: { folder, ...(createFile && { ending: ".bioxrec.enc", paths: { createFile } }) },
    keep: (underWay) =>
      new RecordingKeeper({
        folder,
        ...recordings.keep,
        underWay,
        onDelete: (removed) => log.info({ ...removed }, "recording is removed"),
        onProblem,
      }),
  };
}
