import { resolve } from "node:path";
import { Worker } from "node:worker_threads";
import { BioxError } from "../../errors.js";
import { forgetWindows } from "../../scale/index.js";
import { queuePath } from "../../sinks/outbox.js";
import type { Sink, SinkForgotten } from "../../sinks/sink.js";
import { allForgotten, type Forgotten, NOTHING } from "../../store/forget/forgotten.js";
import type { HistoryStore } from "../memory-history.js";
import { historyPath } from "../storage.js";
import type { FilesAnswer, FilesRequest } from "./files-worker.js";
import { type ForgetReport, type ForgetSettings, placesOf, remainsOf, SCALE } from "./report.js";

/** What a running gateway has open of wearers' data. */
export interface OpenParts {
  readonly sinks: readonly Sink[];
  readonly history: HistoryStore;
}

/**
 * Removes everything of a wearer whom a running gateway measures no more: its history and its sinks remove what they have open, a thread
 * the rest. All of it is tried, whatever fails; done again, it removes what is left.
 *
 * @param config paths are taken from the current folder
 * @throws BioxError FILE_UNREADABLE, FILE_UNWRITABLE: the first thing that could not be removed
 */
export async function forgetRunning(
  wearer: string,
  config: ForgetSettings,
  { sinks, history }: OpenParts,
): Promise<ForgetReport> {
  const { gateway, scale } = config;
  const brokers: ForgetReport["brokers"][number][] = [];
  const ofSinks = sinks.map(async (sink): Promise<Forgotten> => {
    const { broker, ...removed }: SinkForgotten = (await sink.forget?.(wearer)) ?? NOTHING;
    if (broker) brokers.push({ sink: sink.report().name, state: broker });
    return removed;
  });
  const ofScale = async (): Promise<Forgotten> => {
    if (scale) brokers.push({ sink: SCALE, state: await forgetWindows(scale, { gateway, wearer }) });
    return NOTHING;
  };
  const open = await Promise.allSettled([...ofSinks, history.forget(wearer), ofScale()]);
  const places = { ...placesOf(config), held: heldBy(sinks, resolve(config.data)) };
  const rest = await Promise.allSettled([forgetInThread({ wearer, places })]);
  const done = [...open, ...rest].map((part) => {
    if (part.status === "rejected") throw part.reason;
    return part.value;
  });
  return { wearer, dryRun: false, ...allForgotten(done), brokers, remains: remainsOf(config, brokers) };
}

/** Files that history and sinks have open. */
function heldBy(sinks: readonly Sink[], data: string): string[] {
  const queues = sinks.map((sink) => queuePath(data, sink.report().name));
  return [
    historyPath(data),
    ...queues.flatMap((path) => [".sqlite", ".journal", ".journal.old"].map((end) => path + end)),
  ];
}

/** Files may be many, and databases of sinks that are no more large: main does not wait for the disk. */
async function forgetInThread(request: FilesRequest): Promise<Forgotten> {
  const worker = new Worker(new URL("./files-worker.js", import.meta.url), { workerData: request, execArgv: [] });
  const answer = await new Promise<FilesAnswer>((resolve, reject) => {
    worker.once("message", resolve).once("error", reject);
    worker.once("exit", () => reject(new Error("The thread that removes files has ended.")));
  });
  if ("forgotten" in answer) return answer.forgotten;
  throw new BioxError(answer.code, answer.message, answer.hint);
}
