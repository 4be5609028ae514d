import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { seededUniform } from "../../devices/synthetic/random.js";
import { type MemoryTrend, memoryTrend } from "../memory-trend.js";
import { Broker, freePort } from "./broker.js";
import { type Fault, type FaultKind, inject, type Stage, sleep } from "./faults.js";
import { GatewayProcess } from "./gateway-process.js";
import { MemoryLog } from "./memory-log.js";
import { Subscriber } from "./subscriber.js";
import { Viewer } from "./viewer.js";
import { SoakWearable } from "./wearable.js";

const LOOK_MS = 1000;
const MEMORY_LOOK_MS = 10_000;
/** Time without faults: at the end all must have come back, and all that waits must have gone. */
const CALM_MS = 20_000;
const READY_MS = 60_000;

export interface SoakOptions {
  minutes: number;
  wearers: number;
  /** Samples a second of each. */
  rate: number;
  /** Seconds between two faults, on average. */
  every: number;
  seed: number;
  /** Kinds of faults, each as often as it stands here. */
  kinds: readonly FaultKind[];
  bundle: string;
  /** For configuration, log, data. */
  folder: string;
}

export interface SoakReport {
  type: "soak";
  minutes: number;
  wearers: number;
  rate: number;
  /** What showed the page. */
  page: string;
  viewers: number;
  /** Samples in frames that arrived whole, those that the gateway counted, and how many of the former are missing, over all wearers. */
  arrived: number;
  received: number;
  missing: number;
  /** The wearers of those. */
  missingOf: string[];
  /** Samples that the gateway has and no wearable sent. */
  invented: number;
  predictions: number;
  skippedHops: number;
  /** Predictions that the broker's subscriber got, each id once, those of the gateway that it did not get, and messages that came
   * again, as they may at quality of service 1: the broker was gone before it had said that it has them. */
  delivered: number;
  undelivered: number;
  doubles: number;
  faults: { kind: string; injected: number; inMetrics: number; inLog: number; recovered: number }[];
  /** Memory of the gateway; the slope is in MB a minute. */
  rss: MemoryTrend;
  /** Delay of the event loop, 99th percentile of the whole run, ms. */
  loopDelayP99Ms: number;
  stopMs: number;
  ended: string | undefined;
  noise: string[];
}

/** Runs a gateway for a while, does all kinds of things to it, and accounts for every sample and message. */
export async function runSoak(options: SoakOptions, onProgress: (line: string) => void): Promise<SoakReport> {
  const { folder, wearers, rate, minutes, seed } = options;
  mkdirSync(folder, { recursive: true });
  const broker = await Broker.start(join(folder, "broker"), { lines: ["allow_anonymous true", "autosave_interval 1"] });
  const names = Array.from({ length: wearers }, (_, n) => `w${String(n + 1).padStart(2, "0")}`);
  const wearables = names.map((name, n) => new SoakWearable(join(folder, `tty-${name}`), rate, seed + n));
  const subscriber = new Subscriber(broker.url);
  const port = await freePort();
  let viewer: Viewer | undefined;
  let gateway: GatewayProcess | undefined;
  try {
    await Promise.all(wearables.map((wearable) => wearable.plugIn()));
    const config = join(folder, "gateway.yaml");
    writeFileSync(config, configuration(options, names, broker.url, port));
    gateway = GatewayProcess.start(config, port, join(folder, "gateway.log"));
    await ready(gateway);
    viewer = Viewer.open(`${gateway.url}/`, join(folder, "browser"));
    const stage: Stage = { gateway, broker, wearables, nameOf: (n) => names[n]!, random: seededUniform(seed) };
    const { faults, rss, seconds } = await endure(stage, options, onProgress);
    const { ended } = gateway;
    const viewers = ended ? 0 : sumOf(await gateway.metrics(), "biox_live_viewers");
    await Promise.all(wearables.map((wearable) => wearable.end()));
    const metrics = ended ? new Map<string, number>() : await settled(gateway, subscriber);
    const stopMs = await gateway.stop();
    const of = (name: string, n: number): number => sumOf(metrics, name, `wearer="${names[n]}"`);
    const counts = wearables.map(({ account }, n) => ({ ...account, samples: of("biox_samples_total", n) }));
    const predictions = sumOf(metrics, "biox_predictions_total");
    const delivered = subscriber.count("prediction");
    return {
      type: "soak",
      minutes,
      wearers,
      rate,
      page: viewer.what,
      viewers,
      arrived: sum(counts.map(({ arrived }) => arrived)),
      received: sum(counts.map(({ samples }) => samples)),
      missing: sum(counts.map(({ arrived, samples }) => Math.max(0, arrived - samples))),
      missingOf: names.filter((_, n) => counts[n]!.arrived > counts[n]!.samples),
      invented: sum(counts.map(({ atMost, samples }) => Math.max(0, samples - atMost))),
      predictions,
      skippedHops: sumOf(metrics, "biox_skipped_hops_total"),
      delivered,
      undelivered: Math.max(0, predictions - delivered),
      doubles: subscriber.doubles,
      faults: tally(faults),
      rss: memoryTrend(rss, seconds / 60),
      loopDelayP99Ms: 1000 * sumOf(metrics, "nodejs_eventloop_lag_p99_seconds"),
      stopMs,
      ended,
      noise: gateway.noise,
    };
  } finally {
    await viewer?.close();
    await Promise.all(wearables.map((wearable) => wearable.end()));
    await gateway?.stop();
    await subscriber.close();
    await broker.stop();
  }
}

function configuration({ bundle, folder }: SoakOptions, names: string[], broker: string, port: number): string {
  return stringify({
    gateway: "soak",
    data: join(folder, "data"),
    listen: { port, requests: 100_000 },
    bundles: { demo: { path: bundle, threads: 1, engines: 2 } },
    trust: { unsigned: "allow" },
    wearers: names.map((id) => ({
      id,
      source: `serial:${join(folder, `tty-${id}`)}?device=biox`,
      bundles: ["demo"],
      hop: 2,
      record: true,
    })),
    sinks: [{ type: "mqtt", url: broker }],
  });
}

async function ready(gateway: GatewayProcess): Promise<void> {
  const until = Date.now() + READY_MS;
  for (;;) {
    if (gateway.ended) throw new Error(`The gateway ended: ${gateway.noise.join(" ")}`);
    try {
      await gateway.get("/health/ready");
      return;
    } catch (cause) {
      if (Date.now() > until) throw cause;
      await sleep(100);
    }
  }
}

async function endure(
  stage: Stage,
  { minutes, every, kinds, folder }: SoakOptions,
  onProgress: (line: string) => void,
): Promise<{ faults: Fault[]; rss: number[]; seconds: number }> {
  const { gateway, random } = stage;
  const faults: Fault[] = [];
  const rss: number[] = [];
  const taken = new Set<number>();
  const running = new Set<Promise<void>>();
  const memory = new MemoryLog(join(folder, "memory.csv"), gateway.pid);
  let nextMemory = 0;
  const begin = Date.now();
  const end = begin + minutes * 60_000;
  let next = begin + 1000 * every;
  while (Date.now() < end && !gateway.ended) {
    rss.push(gateway.rss);
    if (Date.now() >= nextMemory) {
      nextMemory = Date.now() + MEMORY_LOOK_MS;
      // One that has ended says so at the next look.
      await gateway.metrics().then(
        (metrics) => memory.look(metrics),
        () => {},
      );
    }
    if (Date.now() >= next && Date.now() < end - CALM_MS) {
      next += 2000 * every * random();
      const one = inject(stage, kinds, taken).then((fault) => {
        if (fault) faults.push(fault);
      });
      const caught = one.catch(() => {}).finally(() => running.delete(caught));
      running.add(caught);
    }
    const left = Math.round((end - Date.now()) / 1000);
    onProgress(`${left} s left, ${faults.length} faults are over, ${Math.round(rss.at(-1)! / 2 ** 20)} MB`);
    await sleep(LOOK_MS);
  }
  memory.end();
  await Promise.all(running);
  return { faults, rss, seconds: (Date.now() - begin) / 1000 };
}

/** Metrics once the last predictions are made and nothing waits for the broker any more. */
async function settled(gateway: GatewayProcess, subscriber: Subscriber): Promise<Map<string, number>> {
  const until = Date.now() + READY_MS;
  let metrics = await gateway.metrics();
  for (;;) {
    const before = sumOf(metrics, "biox_predictions_total");
    await sleep(LOOK_MS);
    metrics = await gateway.metrics();
    const predictions = sumOf(metrics, "biox_predictions_total");
    const waiting = sumOf(metrics, "biox_sink_waiting_messages");
    if (predictions === before && waiting === 0 && subscriber.count("prediction") >= predictions) return metrics;
    if (Date.now() > until) return metrics;
  }
}

function tally(faults: readonly Fault[]): SoakReport["faults"] {
  return [...new Set(faults.map(({ kind }) => kind))].sort().map((kind) => {
    const of = faults.filter((fault) => fault.kind === kind);
    const count = (has: (fault: Fault) => boolean): number => of.filter(has).length;
    return {
      kind,
      injected: of.length,
      inMetrics: count((f) => f.inMetrics),
      inLog: count((f) => f.inLog),
      recovered: count((f) => f.recovered),
    };
  });
}

/** Adds up a metric over its labels. */
function sumOf(metrics: ReadonlyMap<string, number>, name: string, label = ""): number {
  const own = [...metrics].filter(([key]) => (key === name || key.startsWith(`${name}{`)) && key.includes(label));
  return sum(own.map(([, value]) => value));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}
