import "./no-telemetry.js";
import { availableParallelism } from "node:os";
import { type Precision, requirePrecision } from "../bridge/index.js";
import type { Bundle } from "../bundle/index.js";
import { BioxError, invalidArgument } from "../errors.js";
import { Engine } from "./engine.js";
import { EngineThread, type ThreadOptions } from "./engine-thread.js";
import type { EngineInfo } from "./types.js";

/** More engine threads, or windows together, than any gateway has use for. */
const MOST = 64;
/** Threads of ONNX Runtime wait for one another in busy loops: many more than cores bring a machine to a stand. */
const MOST_PER_CORE = 4;
/** As many are taken on the smallest machine, too. */
const ALWAYS_ALLOWED = 16;
/** Threads of ONNX Runtime beyond this seldom shorten a window. */
const MOST_DEFAULT_THREADS = 4;

export interface EngineOptions {
  /** Engine threads, 1 to 64, each with the whole model in memory; sources are shared out among them. Default 1. */
  engines?: number;
  /** Threads of ONNX Runtime in each engine, 1 to 64, in all engines at most four for each core. Default: the cores but one, shared out among the engines, at least 1 and at most 4. */
  threads?: number;
  /**
   * How many windows of different sources, 1 to 64, that wait for an engine it runs together, where the halves leave their first
   * dimension open. Default 1: each alone.
   */
  batch?: number;
  /**
   * How the bridge's weights are stored; `float16` halves them and `int8` quarters them, at an error that `info.bridge.precisionError`
   * tells. Default the bundle's `bridge.precision`.
   */
  precision?: Precision;
}

/**
 * Loads a bundle's model into one or more threads of its own and runs it once in each.
 *
 * @throws BioxError BUNDLE_SHAPE, BUNDLE_INVALID, ADDON_NOT_FOUND when the model cannot run
 */
export async function createEngine(bundle: Bundle, options: EngineOptions = {}): Promise<Engine> {
  const { threads, info, start } = await loadThreads(bundle, options);
  return new Engine(bundle, threads, info, start);
}

/** @internal Threads, what they are, and how another of them is started. */
export interface Threads {
  readonly threads: EngineThread[];
  readonly info: EngineInfo;
  readonly start: () => Promise<EngineThread>;
}

/** @internal Threads with the whole model in each. */
export function loadThreads(bundle: Bundle, options: EngineOptions): Promise<Threads> {
  const engines = checkNumber("engines", options.engines ?? 1, MOST);
  const threads = checkNumber("threads", options.threads ?? defaultThreads(engines), MOST);
  checkTotal(engines, threads);
  const batch = checkNumber("batch", options.batch ?? 1, MOST);
  const precision = options.precision === undefined ? undefined : requirePrecision(options.precision);
  return startThreads(bundle, engines, { threads, precision, batch });
}

/** @internal Starts as many threads with the model of a bundle, or with the cutting of its windows. */
export async function startThreads(bundle: Bundle, engines: number, options: ThreadOptions): Promise<Threads> {
  const start = (): Promise<EngineThread> => EngineThread.start(bundle, options);
  const starting = Array.from({ length: engines }, start);
  // All are waited for even where one fails: what still computes must not be left behind.
  const started = await Promise.allSettled(starting);
  const threads = started.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  const failed = started.find((result) => result.status === "rejected");
  if (failed) {
    await Promise.all(threads.map((thread) => thread.close()));
    throw failed.reason;
  }
  const { name, labels, window } = bundle.manifest;
  const { batch, bridge } = threads[0]!.info;
  const loadMs = Math.max(...threads.map((thread) => thread.info.loadMs));
  const info = { name, labels, window, engines, threads: options.threads, batch, bridge, loadMs };
  return { threads, info, start };
}

/** @internal Cores but one, which is main's, shared out. */
export function defaultThreads(engines: number, cores = availableParallelism()): number {
  return Math.max(1, Math.min(MOST_DEFAULT_THREADS, Math.floor((cores - 1) / engines)));
}

function checkNumber(name: string, value: number, most: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw invalidArgument(name, `a whole number from 1 to ${most}`, value);
}

function checkTotal(engines: number, threads: number, cores = availableParallelism()): void {
  const most = Math.max(ALWAYS_ALLOWED, MOST_PER_CORE * cores);
  // Engines with one thread each wait without a loop.
  if (threads === 1 || engines * threads <= most) return;
  throw new BioxError(
    "INVALID_ARGUMENT",
    `${engines} engine(s) with ${threads} threads each would be ${engines * threads} threads, and this machine has ${cores} cores: expected at most ${most}.`,
    "Give fewer threads, or leave them out.",
  );
}
