import { type Bundle, loadBundle } from "../../bundle/index.js";
import { BioxError, invalidArgument } from "../../errors.js";
import { livePace } from "../latency/live.js";
import { describeMachine, type Machine, machineState } from "../latency/machine/index.js";
import { Crowd, type Level } from "./crowd.js";
import { engineHost } from "./engine-host.js";
import type { Host } from "./host.js";
import { mainHost } from "./main-host.js";
import { largest } from "./search.js";

/** Windows of one wearable that a level lasts at least: fewer say nothing about a hundredth of them. */
const LEAST_HOPS = 3;
const MOST_WEARERS = 512;

export interface CapacityOptions {
  /** Engine threads that share the wearables; default 1. */
  engines?: number;
  /** Threads of ONNX Runtime in each; default 1. */
  threads?: number;
  /** Seconds between two windows of a wearable; default the bundle's. */
  hop?: number;
  /** Seconds that each number of wearables is measured for; default 10, and at least three hops. */
  stepDuration?: number;
  /** Most wearables to try; default 64. */
  maxWearers?: number;
  signal?: AbortSignal;
  /** Told before each level, and after it. */
  onLevel?: (host: string, wearers: number, level: Level | undefined) => void;
}

/** How many wearables one way of running the model keeps up with. */
export interface HostCapacity {
  wearers: number;
  /** False where the search was ended early. */
  complete: boolean;
  /** What gave way first with more wearables; "most" where the largest number tried was kept up with. */
  limit: Exclude<Level["failure"], null> | "most" | "ended early";
  levels: Level[];
}

export interface CapacityReport {
  type: "capacity";
  bundle: string;
  /** Real seconds between two windows of a wearable: the deadline of each result. */
  hop: number;
  /** The signal plays so many times as fast as real time, with hops of as much more signal, so that windows fill within seconds. */
  speed: number;
  engines: number;
  threads: number;
  stepSeconds: number;
  maxWearers: number;
  biox: HostCapacity;
  /** The same model as one ONNX graph on the main thread; null where the halves cannot become one graph. */
  mergedOnMain: HostCapacity | null;
  machine: Machine;
}

/**
 * Finds how many simulated wearables this machine keeps up with: 99 % of results within one hop of the last byte, no sample lost, no hop
 * skipped. The wearables run on the same machine, each a process with a pseudo-terminal of its own, and take their share of it.
 *
 * @throws BioxError INVALID_ARGUMENT; what loading a bundle and starting wearables throws
 */
export async function benchCapacity(path: string, options: CapacityOptions = {}): Promise<CapacityReport> {
  const { signal } = options;
  const engines = whole("engines", options.engines ?? 1, 64);
  const threads = whole("threads", options.threads ?? 1, 256);
  const maxWearers = whole("maxWearers", options.maxWearers ?? 64, MOST_WEARERS);
  const before = machineState();
  const bundle = await loadBundle(path);
  const { window } = bundle.manifest;
  const hop = seconds("hop", options.hop ?? window.hop);
  const stepSeconds = Math.max(seconds("stepDuration", options.stepDuration ?? 10), LEAST_HOPS * hop);
  const { speed } = livePace(window, 0);
  const find = (host: Host): Promise<HostCapacity> =>
    capacityOf(bundle, host, { speed, hop }, stepSeconds, maxWearers, options);
  const biox = await find(await engineHost(bundle, engines, threads, hop * speed));
  const main = signal?.aborted ? undefined : await mainHost(bundle, threads, hop * speed).catch(notMergeable);
  return {
    type: "capacity",
    bundle: bundle.manifest.name,
    hop,
    speed,
    engines,
    threads,
    stepSeconds,
    maxWearers,
    biox,
    mergedOnMain: main ? await find(main) : null,
    machine: await describeMachine(before),
  };
}

async function capacityOf(
  bundle: Bundle,
  host: Host,
  pace: { speed: number; hop: number },
  stepSeconds: number,
  most: number,
  { signal, onLevel }: CapacityOptions,
): Promise<HostCapacity> {
  const crowd = new Crowd(bundle, host, pace);
  const levels: Level[] = [];
  try {
    const { value, complete } = await largest(most, async (wearers) => {
      onLevel?.(host.name, wearers, undefined);
      const level = await crowd.measure(wearers, stepSeconds, signal);
      if (!level) return undefined;
      levels.push(level);
      onLevel?.(host.name, wearers, level);
      return level.failure === null;
    });
    const above = levels.filter(({ wearers }) => wearers > value).sort((a, b) => a.wearers - b.wearers);
    const limit = complete ? (above[0]?.failure ?? "most") : "ended early";
    return { wearers: value, complete, limit, levels };
  } finally {
    await crowd.close();
    await host.close();
  }
}

/** Halves of opsets without a common meaning cannot become one graph: then there is nothing to compare with. */
function notMergeable(error: unknown): undefined {
  if (error instanceof BioxError && error.code === "ONNX_INVALID") return undefined;
  throw error;
}

function whole(name: string, value: number, most: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw invalidArgument(name, `a whole number from 1 to ${most}`, value);
}

function seconds(name: string, value: number): number {
  if (value > 0 && value <= 3600) return value;
  throw invalidArgument(name, "a number of seconds above 0 and at most 3600", value);
}
