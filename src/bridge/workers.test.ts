import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { expect, it } from "vitest";
import { addonCandidates, loadAddon } from "./addon.js";

const script = fileURLToPath(new URL("./fixtures/spin.mjs", import.meta.url));
const workingAddon = addonCandidates().find((candidate) => {
  try {
    return loadAddon([candidate]) !== undefined;
  } catch {
    return false;
  }
});

/** Starts a worker that runs a bridge without end, and waits for the checksum of its first run. */
function spin(plan: number): Promise<{ worker: Worker; checksum: number }> {
  const worker = new Worker(script, { workerData: { addon: workingAddon, plan } });
  return new Promise((resolve, reject) => {
    worker.once("error", reject);
    worker.once("message", (checksum: number) => resolve({ worker, checksum }));
  });
}

it("survives 51 workers, three at a time, that are terminated in the middle of a run", async () => {
  const checksums = new Set<number>();
  for (let round = 0; round < 17; round++) {
    const started = await Promise.all([spin(round % 2), spin(round % 2), spin(round % 2)]);
    await sleep(round % 4);
    const codes = await Promise.all(started.map(({ worker }) => worker.terminate()));
    expect(codes).toEqual([1, 1, 1]);
    for (const { checksum } of started) checksums.add(checksum);
  }
  // One sum for each plan, the same in every worker.
  expect(checksums.size).toBe(2);
  expect(loadAddon().targets).toContain("scalar");
});
