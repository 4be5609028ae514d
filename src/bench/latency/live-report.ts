import type { Precision } from "../../bridge/index.js";
import type { Bundle } from "../../bundle/index.js";
import { live } from "./live.js";
import { Phase, type PhaseOptions } from "./phase.js";
import { receive } from "./receive.js";
import type { LiveReport, ThreadReport } from "./report.js";
import type { LatencySummary } from "./series.js";

/** Seconds given to timing the receiving part again: a hop's bytes take a fraction of a millisecond. */
const RECEIVE_S = 2;

/** Runs the whole path, then times its receiving part with the bytes that came in. Shortness of the latter does not count. */
export async function measureLive(
  bundle: Bundle,
  { threads, stages }: Pick<ThreadReport, "threads" | "stages">,
  precision: Precision | undefined,
  options: PhaseOptions,
): Promise<{ report: LiveReport | undefined; receive: LatencySummary | undefined; shortness: string[] }> {
  let phase: Phase | undefined;
  const start = (): Phase => {
    phase = new Phase("live", options);
    return phase;
  };
  const result = await live(bundle, threads, precision, stages.total.p50, start, options.signal);
  const { summary, lastByteToResult, total, windows } = result;
  if (!phase || windows === 0) return { report: undefined, receive: undefined, shortness: ["live: no window"] };
  const { hop: bundleHop } = bundle.manifest.window;
  const seconds = Math.min(RECEIVE_S, options.seconds ?? RECEIVE_S);
  const received = await receive(
    result.chunks,
    bundle.manifest.new.rate,
    bundleHop,
    () => new Phase("receive", { ...options, seconds }),
  );
  return {
    report: {
      hop: result.hop,
      speed: result.speed,
      windows,
      seconds: phase.seconds,
      total: total.summary(),
      lastByteToResult: lastByteToResult.summary(),
      deadlineMisses: result.deadlineMisses,
      skippedHops: summary?.skippedHops ?? 0,
      lost: summary?.lost ?? 0,
      eventLoopDelayMs: summary?.eventLoopDelayMs ?? { p50: 0, p95: 0, p99: 0 },
    },
    receive: received.count > 0 ? received.summary() : undefined,
    shortness: phase.shortness ? [phase.shortness] : [],
  };
}
