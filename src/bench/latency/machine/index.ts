import { createRequire } from "node:module";
import { arch, availableParallelism, cpus, loadavg, platform, release, totalmem } from "node:os";
import { simd } from "../../../bridge/index.js";
import { board, frequenciesMHz, governor, processor } from "./cpu.js";
import { FactReader } from "./read.js";
import { jetson, temperatures, throttling } from "./thermal.js";

/** What changes while a benchmark runs. */
export interface MachineState {
  /** MHz of each core; empty where the system does not say. */
  frequenciesMHz: number[];
  /** Degrees Celsius by thermal zone. */
  temperatures: Record<string, number>;
  /** Processes that wanted to run, mean over 1, 5 and 15 minutes. */
  loadAverage: number[];
}

/** The machine that was measured. What it does not tell about itself is null. */
export interface Machine {
  board: string | null;
  processor: string | null;
  /** Cores that this process may use. */
  cores: number;
  memoryBytes: number;
  governor: string | null;
  kernel: string;
  node: string;
  packages: Record<string, string>;
  /** Kernels of the bridge in use. */
  simd: string;
  /** Flags of a Raspberry Pi's firmware; null elsewhere. */
  throttling: string[] | null;
  jetson: { powerMode?: string; state?: string } | null;
  before: MachineState;
  after: MachineState;
}

export interface MachineOptions {
  /** Folder to read `proc` and `sys` from; `/` by default. */
  root?: string;
  /** Where tools are looked for, as PATH. */
  path?: string;
}

export function machineState(options: MachineOptions = {}): MachineState {
  const read = new FactReader(options.root ?? "/");
  return {
    frequenciesMHz: frequenciesMHz(read),
    temperatures: temperatures(read),
    loadAverage: loadavg().map((load) => Math.round(load * 100) / 100),
  };
}

/** Everything about the machine; `before` is its state when the measurement began, and now is after it. */
export async function describeMachine(before: MachineState, options: MachineOptions = {}): Promise<Machine> {
  const read = new FactReader(options.root ?? "/");
  return {
    board: board(read) ?? null,
    processor: processor(read) ?? cpus()[0]?.model ?? null,
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    governor: governor(read) ?? null,
    kernel: `${platform()} ${release()} ${arch()}`,
    node: process.version,
    packages: versions(),
    simd: simd().active,
    throttling: (await throttling(options.path)) ?? null,
    jetson: (await jetson(options.path)) ?? null,
    before,
    after: machineState(options),
  };
}

function versions(): Record<string, string> {
  const require = createRequire(import.meta.url);
  const found: Record<string, string> = {
    "biox-edge": (require("../../../../package.json") as { version: string }).version,
  };
  for (const name of ["onnxruntime-node", "serialport", "hdr-histogram-js"])
    found[name] = (require(`${name}/package.json`) as { version: string }).version;
  return found;
}
