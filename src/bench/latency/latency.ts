import { type Precision, requirePrecision } from "../../bridge/index.js";
import { type Bundle, loadBundle } from "../../bundle/index.js";
import { prepareFor } from "../../engine/preparation.js";
import { BioxError, invalidArgument } from "../../errors.js";
import { batched } from "./batched.js";
import { bioxContender } from "./biox-contender.js";
import { coldStart } from "./cold-start.js";
import { graphContenders } from "./graph-contenders.js";
import { measureLive } from "./live-report.js";
import { type EnergyMeter, findEnergyMeter } from "./machine/energy.js";
import { describeMachine, machineState } from "./machine/index.js";
import { FactReader } from "./machine/read.js";
import { paced } from "./paced.js";
import { Phase, type PhaseOptions, type Progress } from "./phase.js";
import { type BatchReport, type LatencyReport, type PacedReport, REPORT_VERSION, type ThreadReport } from "./report.js";
import { rawWindows } from "./signal.js";
import { measureThreads } from "./thread-report.js";

/** Different raw windows, used in turn. */
const RAW_WINDOWS = 16;
/** How far answers may be apart. float32 differs by the order of additions alone; others store rounded weights. */
const TOLERANCE: Readonly<Record<string, number>> = { float32: 1e-4, float16: 2e-2, int8: 0.3 };
const MOST_THREADS = 256;
const MOST_BATCH = 64;
const LONGEST_S = 86_400;

export interface LatencyOptions {
  /** Numbers of threads of ONNX Runtime to measure, one after another; `[1]` by default. Live, paced and cold start take the first. */
  threads?: readonly number[];
  /** How the bridge's weights are stored; left out, as in a run. */
  precision?: Precision;
  /** Seconds of each phase. Default: at least a minute and 1024 windows. */
  duration?: number;
  /** Also run a window every so many seconds, with nothing in between. */
  paced?: number;
  /** Also run so many windows together, 2 to 64, against the same windows one after another. */
  batch?: number;
  /** Shell command that prints joules so far. */
  energyCommand?: string;
  /** Ends after the window under way; the report says what was measured until then, and is marked short. */
  signal?: AbortSignal;
  onProgress?: (progress: Progress) => void;
}

/**
 * Measures how long a bundle's windows take on this machine: each stage, biox against the same model in ONNX Runtime alone, from the
 * last byte of a wearable to the result, and from the start of a process to its first prediction.
 *
 * @param path folder or .tar of a bundle
 * @returns undefined where `signal` ended it before any window was measured
 * @throws BioxError INVALID_ARGUMENT; what loading a bundle throws; ENGINE_FAILED where contenders disagree
 */
export async function benchLatency(path: string, options: LatencyOptions = {}): Promise<LatencyReport | undefined> {
  const { threads = [1], signal } = options;
  checkOptions(threads, options);
  const precision = options.precision === undefined ? undefined : requirePrecision(options.precision);
  const startedAt = Date.now();
  const before = machineState();
  const meter = findEnergyMeter(new FactReader("/"), options.energyCommand);
  await meter?.joules();
  const bundle = await loadBundle(path);
  const phaseOptions: PhaseOptions = { seconds: options.duration, signal, onProgress: options.onProgress };
  const shortness: string[] = [];
  const done: ThreadReport[] = [];
  let pacedReport: PacedReport | null = null;
  let batch: BatchReport | null = null;
  let bridge: Record<string, unknown> = {};
  for (const [i, count] of threads.entries()) {
    const hop = i === 0 ? options.paced : undefined;
    const one = await measureOne(bundle, count, precision, meter, hop, phaseOptions);
    shortness.push(...one.shortness);
    if (one.report) done.push(one.report);
    if (one.paced) pacedReport = one.paced;
    bridge = one.bridge;
    if (i === 0 && options.batch !== undefined && one.report && !signal?.aborted)
      batch = await batched(bundle, count, precision, options.batch, phaseOptions);
    if (signal?.aborted) break;
  }
  const [first, ...otherThreads] = done;
  if (!first) return undefined;
  const attempt = async <T>(phase: string, measure: () => Promise<T>): Promise<T | undefined> => {
    if (!signal?.aborted) return measure().catch((error) => tellAndGoOn(phase, error, shortness));
    shortness.push(`${phase}: not measured`);
    return undefined;
  };
  const live = await attempt("live", () => measureLive(bundle, first, precision, phaseOptions));
  shortness.push(...(live?.shortness ?? []));
  const start = await attempt("cold start", () => coldStart(bundle.path, first.threads, precision, signal));
  if (signal?.aborted) shortness.push("ended early");
  const { manifest } = bundle;
  return {
    type: "latency",
    version: REPORT_VERSION,
    bundle: {
      name: manifest.name,
      path: bundle.path,
      hop: manifest.window.hop,
      window: manifest.window.seconds,
      sha256: Object.fromEntries(Object.entries(manifest.files).map(([name, { sha256 }]) => [name, sha256])),
    },
    precision: String(bridge.precision),
    short: shortness.length > 0,
    shortness,
    ...first,
    stages: {
      ...first.stages,
      ...(live?.receive ? { receive: live.receive } : {}),
      ...(live?.report ? { lastByteToResult: live.report.lastByteToResult } : {}),
    },
    otherThreads,
    live: live?.report ?? null,
    paced: pacedReport,
    batch,
    coldStart: start ?? null,
    bridge,
    machine: await describeMachine(before),
    startedAt,
    finishedAt: Date.now(),
  };
}

/** All that is measured in this process with one number of threads. */
async function measureOne(
  bundle: Bundle,
  threads: number,
  precision: Precision | undefined,
  meter: EnergyMeter | undefined,
  pacedHop: number | undefined,
  options: PhaseOptions,
): Promise<{
  report: ThreadReport | undefined;
  paced: PacedReport | undefined;
  bridge: Record<string, unknown>;
  shortness: string[];
}> {
  const { channels, samples, rate } = bundle.input;
  const { preparation } = prepareFor(bundle, rate);
  const raw = rawWindows(RAW_WINDOWS, channels, samples, rate);
  const biox = await bioxContender(bundle, threads, precision);
  const others = await graphContenders(bundle, preparation.createOutput(), threads);
  const shortness: string[] = [];
  try {
    const measured = await measureThreads(
      {
        threads,
        biox,
        others: others.contenders,
        missing: others.missing,
        preparation,
        raw,
        tolerance: TOLERANCE[biox.model.bridge.info().precision]!,
        hop: bundle.manifest.window.hop,
        meter,
      },
      options,
    );
    if (measured?.shortness) shortness.push(measured.shortness);
    let pacedReport: PacedReport | undefined;
    if (pacedHop !== undefined && !options.signal?.aborted) {
      let phase = new Phase("paced", options);
      const result = await paced(
        biox,
        preparation,
        raw,
        pacedHop,
        () => {
          phase = new Phase("paced", options);
          return phase;
        },
        options.signal,
      );
      pacedReport = {
        hop: pacedHop,
        windows: result.windows,
        seconds: phase.seconds,
        stages: result.stages.summaries(),
        response: result.response.summary(),
        deadlineMisses: result.deadlineMisses,
      };
      if (phase.shortness) shortness.push(phase.shortness);
    }
    return { report: measured?.report, paced: pacedReport, bridge: { ...biox.model.bridge.info() }, shortness };
  } finally {
    for (const contender of [biox, ...others.contenders]) await contender.release();
  }
}

/** What has been measured for minutes is not lost because, say, the emulator is not built here. */
function tellAndGoOn(phase: string, error: unknown, shortness: string[]): undefined {
  if (!(error instanceof BioxError)) throw error;
  shortness.push(`${phase}: ${error.message.replace(/\.$/, "")}`);
}

function checkOptions(threads: readonly number[], { duration, paced: hop, batch }: LatencyOptions): void {
  if (batch !== undefined && !(Number.isInteger(batch) && batch >= 2 && batch <= MOST_BATCH))
    throw invalidArgument("batch", `a whole number from 2 to ${MOST_BATCH}`, batch);
  if (threads.length === 0) throw invalidArgument("threads", "at least one number", threads);
  for (const count of threads)
    if (!Number.isInteger(count) || count < 1 || count > MOST_THREADS)
      throw invalidArgument("threads", `a whole number from 1 to ${MOST_THREADS}`, count);
  for (const [name, value] of Object.entries({ duration, paced: hop }))
    if (value !== undefined && !(value > 0 && value <= LONGEST_S))
      throw invalidArgument(name, "a number of seconds above 0 and at most a day", value);
}
