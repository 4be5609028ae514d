import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Precision } from "../../bridge/index.js";
import { BioxError } from "../../errors.js";
import { median } from "../interleave.js";

const CHILD = fileURLToPath(new URL("./cold-start-child.js", import.meta.url));
/** Processes started, one after another. */
const STARTS = 3;
const LONGEST_MS = 300_000;

/** Parts of a start in their order; each is ms, the median of a few fresh processes. */
export const COLD_START_PARTS = [
  "nodeStart",
  "imports",
  "bundleLoad",
  "lowerSession",
  "bridgePack",
  "upperSession",
  "firstRun",
] as const;

export interface ColdStart extends Record<(typeof COLD_START_PARTS)[number], number> {
  /** From asking the system for a process to its first prediction. */
  total: number;
  /** How many processes were started. */
  starts: number;
  /** Most memory that such a process has held, its median. */
  peakRssBytes: number;
}

/**
 * Starts fresh processes that load the bundle and answer one window. Files are in the system's cache from the second on; a first
 * start after boot takes longer.
 *
 * @throws BioxError ENGINE_FAILED when such a process fails
 */
export async function coldStart(
  bundlePath: string,
  threads: number,
  precision: Precision | undefined,
  signal: AbortSignal | undefined,
): Promise<ColdStart | undefined> {
  const runs: Record<string, number>[] = [];
  while (runs.length < STARTS && !signal?.aborted) {
    const run = await startOnce(bundlePath, threads, precision).catch((error) => {
      // Ctrl-C in a terminal reaches that process, too.
      if (signal?.aborted) return undefined;
      throw error;
    });
    if (run) runs.push(run);
  }
  if (runs.length === 0) return undefined;
  const middle = (name: string): number => Math.round(median(runs.map((run) => run[name]!)) * 1000) / 1000;
  const parts = Object.fromEntries(COLD_START_PARTS.map((name) => [name, middle(name)]));
  return {
    ...(parts as Record<(typeof COLD_START_PARTS)[number], number>),
    total: middle("total"),
    starts: runs.length,
    peakRssBytes: middle("peakRssBytes"),
  };
}

function startOnce(
  bundlePath: string,
  threads: number,
  precision: Precision | undefined,
): Promise<Record<string, number>> {
  return new Promise((resolve, reject) => {
    const spawned = String(performance.timeOrigin + performance.now());
    const args = [CHILD, bundlePath, String(threads), precision ?? "", spawned];
    execFile(process.execPath, args, { timeout: LONGEST_MS, encoding: "utf8" }, (error, stdout, stderr) => {
      try {
        if (error) throw error;
        resolve(JSON.parse(stdout) as Record<string, number>);
      } catch (cause) {
        const said = stderr.trim().split("\n")[0] || String(cause);
        reject(
          new BioxError("ENGINE_FAILED", `A fresh process could not run the bundle: ${said}.`, undefined, { cause }),
        );
      }
    });
  });
}
