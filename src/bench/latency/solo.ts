import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Preparation } from "../../prepare/index.js";
import type { BioxContender } from "./contender.js";
import type { EnergyMeter } from "./machine/energy.js";
import type { Phase } from "./phase.js";

/** A meter that knows only power is read so often. */
const METER_MS = 100;

/** What a window costs beside time, with nothing else running in this process. */
export interface SoloResult {
  windows: number;
  seconds: number;
  /** Processor time of all threads, ms a window: user and system. */
  cpuMs: number;
  /** Growth of the JavaScript heap after garbage collection, bytes a window. */
  heapGrowthBytes: number;
  /** Growth of the process's memory, bytes a window. */
  rssGrowthBytes: number;
  /** Joules a window of what the meter counts, the idle machine's share included. */
  energyJoules: number | "not measured";
  energySource: string | null;
}

/** Prepares and runs window after window with biox alone. */
export async function solo(
  biox: BioxContender,
  preparation: Preparation,
  raw: readonly Float64Array[][],
  meter: EnergyMeter | undefined,
  startPhase: () => Phase,
): Promise<SoloResult> {
  const collect = garbageCollector();
  const run = async (n: number): Promise<void> => {
    preparation.prepareWindow(raw[n % raw.length]!, biox.input);
    await biox.run();
  };
  for (let n = 0; n < 4; n++) await run(n);
  collect();
  const before = process.memoryUsage();
  const joules = await meter?.joules();
  const cpu = process.cpuUsage();
  const phase = startPhase();
  let metered = performance.now();
  let windows = 0;
  do {
    await run(windows++);
    if (!meter || performance.now() - metered < METER_MS) continue;
    metered = performance.now();
    await meter.joules();
  } while (phase.goesOn(windows));
  const { user, system } = process.cpuUsage(cpu);
  const used = meter && joules !== undefined ? (await meter.joules()) - joules : undefined;
  collect();
  const after = process.memoryUsage();
  return {
    windows,
    seconds: phase.seconds,
    cpuMs: (user + system) / 1000 / windows,
    heapGrowthBytes: (after.heapUsed - before.heapUsed) / windows,
    rssGrowthBytes: (after.rss - before.rss) / windows,
    energyJoules: used === undefined ? "not measured" : used / windows,
    energySource: meter?.source ?? null,
  };
}

/** V8's own collector, which a running process can only reach by a flag that a new context then sees. */
function garbageCollector(): () => void {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
}
