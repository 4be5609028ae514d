// What a week of twelve wearers at a hop of 2 s costs: fills a history with it, then writes and asks as a gateway does, and prints how
// large the file is, how long queries take and how late the main thread's timers were. After `npm run build`:
//   node tools/history/measure.mjs [FOLDER]
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout } from "node:timers/promises";
import { openHistory } from "../../dist/store/history/history.js";

const WEARERS = 12;
const HOP_MS = 2000;
const DAYS = 7;
const folder = mkdtempSync(join(process.argv[2] ?? tmpdir(), "biox-history-"));
const path = join(folder, "history.sqlite");
const history = await openHistory(path, { days: DAYS + 1, gigabytes: 100 }, (problem) => console.error(problem));

/** A prediction as a gateway tells it. */
const message = (at, wearer) => ({
  id: "019303b1-5f4e-7c4d-8a1e-2f3d4c5b6a79",
  at,
  wearer: `w${wearer}`,
  bundle: "stress",
  type: "prediction",
  window: { from: at - 60_000, to: at, lost: 0 },
  label: "calm",
  probs: { calm: 0.812345678901, stress: 0.187654321099 },
  quality: { score: 0.913, reasons: [] },
  pulse: 71.3,
  reliable: true,
  ageMs: 41.25,
  ms: { wait: 0.1, window: 0.4, prepare: 1.2, lower: 11.9, bridge: 0.3, upper: 14.8, head: 0.02, total: 28.72 },
});

const now = Date.now();
const hops = (DAYS * 86_400_000) / HOP_MS;
const begin = performance.now();
for (let hop = 0; hop < hops; hop++) {
  for (let wearer = 0; wearer < WEARERS; wearer++) history.take(message(now - (hops - hop) * HOP_MS, wearer));
  if (hop % 1000 === 999) await history.query("nobody", { limit: 1 });
}
await history.query("nobody", { limit: 1 });
const seconds = (performance.now() - begin) / 1000;
console.log(
  `${hops * WEARERS} rows written in ${seconds.toFixed(0)} s, file ${(statSync(path).size / 1e9).toFixed(2)} GB`,
);

const delay = monitorEventLoopDelay({ resolution: 5 });
/** Writes as twelve wearers do for two seconds, and asks meanwhile. */
async function live(name, query) {
  delay.reset();
  delay.enable();
  const times = [];
  for (let i = 0; i < 10; i++) {
    for (let wearer = 0; wearer < WEARERS; wearer++) history.take(message(Date.now(), wearer));
    const asked = performance.now();
    const found = query ? await history.query("w3", query) : undefined;
    if (found) times.push(performance.now() - asked);
    await setTimeout(200);
  }
  delay.disable();
  const sorted = times.sort((a, b) => a - b);
  const took = query ? `median ${sorted[5].toFixed(1)} ms, longest ${sorted[9].toFixed(1)} ms` : "no queries";
  // The resolution of the measurement itself is within.
  console.log(`${name}: ${took}; main late by ${((delay.max - 5e6) / 1e6).toFixed(1)} ms at most`);
}
await live("writes alone", undefined);
await live("newest 100", { limit: 100 });
await live("100 of four days ago", { to: now - 4 * 86_400_000, limit: 100 });
await live("newest 10,000", { limit: 10_000 });
await history.close();
rmSync(folder, { recursive: true });
