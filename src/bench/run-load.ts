import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { createEngine, type Emulator, loadBundle, openSource, type Percentiles } from "../index.js";
import { type MemoryTrend, memoryTrend } from "./memory-trend.js";

/** Looks at memory in a run, at least so many; at most one a second. */
const LEAST_LOOKS = 40;

/** Garbage is collected so often, ms: what V8 has not come to yet would look like a leak, for an hour where little garbage is made. */
const COLLECT_MS = 10_000;

export interface LoadOptions {
  minutes: number;
  wearers: number;
  channels: number;
  /** Samples a second of each channel. */
  rate: number;
  /** Time that the upper half takes for a window, ms. */
  slowMs: number;
}

export interface LoadReport extends LoadOptions {
  type: "load";
  /** Seconds from the first sample to the last, and bytes in them, of all wearers. */
  seconds: number;
  bytes: number;
  /** Samples (of all channels at an instant) of all wearers, by their own account and by the gateway's. */
  sent: number;
  received: number;
  lost: number;
  badFrames: number;
  /** Windows that were run, and those that were left out because a newer one was there. */
  predictions: number;
  skippedHops: number;
  /** How late timers of the main thread were, ms. */
  eventLoopDelayMs: Percentiles;
  /** Share of the time in which the main thread was not waiting, and processor seconds a second of the whole process. */
  mainBusy: number;
  cpu: number;
  /** JavaScript heap of the main thread, and all memory of the process. */
  heap: MemoryTrend;
  rss: MemoryTrend;
}

/**
 * Reads wearables to their end while an engine is far too slow for them, and accounts for every sample.
 *
 * @param bundle folder of a bundle that takes their channels
 * @param wearables that end by themselves
 * @param onProgress told once in a while how far it is
 */
export async function runLoad(
  bundle: string,
  wearables: readonly Emulator[],
  options: LoadOptions,
  onProgress: (line: string) => void,
): Promise<LoadReport> {
  const engine = await createEngine(await loadBundle(bundle), { threads: 1 });
  const sources = await Promise.all(wearables.map(({ path }) => openSource(`serial:${path}?device=biox`)));
  const heap: number[] = [];
  const rss: number[] = [];
  const everyMs = Math.min(1000, (options.minutes * 60_000) / LEAST_LOOKS);
  const collect = collector();
  let collected = performance.now();
  const look = setInterval(() => {
    if (performance.now() - collected > COLLECT_MS) {
      collect();
      collected = performance.now();
    }
    const used = process.memoryUsage();
    heap.push(used.heapUsed);
    rss.push(used.rss);
    onProgress(
      `${sum(sources, ({ stats }) => stats.samples)} samples, ${sum(sources, ({ stats }) => stats.lost)} lost`,
    );
  }, everyMs);
  const begin = performance.now();
  let ended = begin;
  for (const source of sources)
    source.once("end", () => {
      ended = performance.now();
    });
  const [cpuBefore, loopBefore] = [process.cpuUsage(), performance.eventLoopUtilization()];
  await Promise.all(sources.map((source) => drain(engine.run(source))));
  const cpu = process.cpuUsage(cpuBefore);
  const loop = performance.eventLoopUtilization(loopBefore);
  const seconds = (ended - begin) / 1000;
  const elapsed = (performance.now() - begin) / 1000;
  clearInterval(look);
  const summaries = sources.map((source) => engine.summary(source)!);
  const sent = await Promise.all(wearables.map((wearable) => wearable.sent));
  await Promise.all(sources.map((source) => source.close()));
  await engine.close();
  return {
    type: "load",
    ...options,
    seconds,
    bytes: sum(summaries, ({ link }) => link.bytes),
    sent: sum(sent, ({ samples, unread }) => samples + unread),
    received: sum(summaries, ({ samples }) => samples),
    lost: sum(summaries, ({ lost }) => lost),
    badFrames: sum(summaries, ({ link }) => link.crcErrors + link.framingErrors + link.oversize),
    predictions: sum(summaries, ({ predictions }) => predictions),
    skippedHops: sum(summaries, ({ skippedHops }) => skippedHops),
    eventLoopDelayMs: summaries[0]!.eventLoopDelayMs,
    mainBusy: loop.utilization,
    cpu: (cpu.user + cpu.system) / 1e6 / elapsed,
    heap: memoryTrend(heap, elapsed / 60),
    rss: memoryTrend(rss, elapsed / 60),
  };
}

function collector(): () => void {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
}

async function drain(predictions: ReturnType<Awaited<ReturnType<typeof createEngine>>["run"]>): Promise<void> {
  for await (const _ of predictions);
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
