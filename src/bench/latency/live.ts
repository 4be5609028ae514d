import type { Precision } from "../../bridge/index.js";
import type { Bundle } from "../../bundle/index.js";
import { createEngine, type Summary } from "../../index.js";
import type { Phase } from "./phase.js";
import { LatencySeries } from "./series.js";
import { startWearable } from "./wearable.js";

/** The first window is to be full after about so many seconds, and the signal plays faster where that needs it. */
const FILL_S = 6;
const FASTEST = 1000;
/** Between two windows lie at least so many of the model's times, so that none waits for the one before. */
const SLACK = 2.5;
/** A frame of the emulator carries 40 ms of signal; hops of two frames or more never end twice in one. */
const LEAST_HOP_S = 0.1;
/** Bytes kept for timing the receiving part again. */
const MOST_BYTES = 4 * 2 ** 20;

export interface LiveResult {
  /** Wall time between two windows, s, and how many times as fast as real time the signal played. */
  hop: number;
  speed: number;
  windows: number;
  /** From the receipt of a window's last byte to its result. */
  lastByteToResult: LatencySeries;
  /** Preparation and model of the same windows, in the engine's thread. */
  total: LatencySeries;
  /** Windows whose result came later than one hop after their last byte. */
  deadlineMisses: number;
  summary: Summary | undefined;
  /** The first bytes of the wire, in the pieces in which they came. */
  chunks: Uint8Array[];
}

/** Speed of the signal, and seconds of signal between two windows. */
export function livePace(window: { seconds: number; hop: number }, totalMs: number): { speed: number; hop: number } {
  const speed = Math.min(FASTEST, Math.max(1, Math.round((10 * window.seconds) / FILL_S) / 10));
  const hop = Math.max((SLACK * totalMs * speed) / 1000, LEAST_HOP_S, 0.02 * speed);
  return { speed, hop: Math.min(hop, Math.max(window.hop, window.hop * speed)) };
}

/**
 * The whole path: emulated wearable, pseudo-terminal, serial port, framing, ring, engine thread, result.
 *
 * @param totalMs what a window takes, as measured before; sets the pace
 */
export async function live(
  bundle: Bundle,
  threads: number,
  precision: Precision | undefined,
  totalMs: number,
  startPhase: () => Phase,
  signal: AbortSignal | undefined,
): Promise<LiveResult> {
  const { speed, hop } = livePace(bundle.manifest.window, totalMs);
  const hopMs = (hop / speed) * 1000;
  const lastByteToResult = new LatencySeries();
  const total = new LatencySeries();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  let windows = 0;
  let deadlineMisses = 0;
  const engine = await createEngine(bundle, { threads, ...(precision === undefined ? {} : { precision }) });
  try {
    const wearable = await startWearable(bundle, speed, {
      onChunk: (chunk) => {
        bytes += chunk.length;
        if (bytes <= MOST_BYTES) chunks.push(chunk.slice());
      },
    });
    try {
      let phase: Phase | undefined;
      const stop = new AbortController();
      const end = (): void => stop.abort();
      signal?.addEventListener("abort", end, { once: true });
      for await (const { ageMs, ms } of engine.run(wearable.source, { hop, signal: stop.signal })) {
        // The first window is the one that warms up.
        if (phase) {
          windows++;
          lastByteToResult.add(ageMs);
          total.add(ms.total);
          if (ageMs > hopMs) deadlineMisses++;
        }
        phase ??= startPhase();
        if (!phase.goesOn(windows)) break;
      }
      signal?.removeEventListener("abort", end);
    } finally {
      await wearable.close();
    }
  } finally {
    await engine.close();
  }
  return {
    hop: hop / speed,
    speed,
    windows,
    lastByteToResult,
    total,
    deadlineMisses,
    summary: engine.summary(),
    chunks,
  };
}
