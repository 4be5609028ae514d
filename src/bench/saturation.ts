/**
 * Does a model that is far too slow hurt the reading of the wire? Prints the facts; nothing here is a test.
 *
 *     npm run bench:saturation -- [SECONDS] [SLOW_MS]
 *
 * An emulated wearable sends at the pace of a 921600 baud link (92,160 bytes a second) through a pseudo-terminal and the real serial
 * port code, while the engine runs an upper half that takes SLOW_MS for each window, back to back.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createEngine, loadBundle, openSource } from "../index.js";
import { buildTinyBundle } from "./synthetic/bundle.js";

const BYTES_PER_SECOND = 92_160;
const RATE = 4000;
/** One 16-bit channel in frames of 40 ms: 320 bytes of samples and 20 of frame, COBS code bytes among them. */
const BYTES_PER_SAMPLE = (160 * 2 + 20) / 160;

const seconds = Number(process.argv[2] ?? 30);
const slowMs = Number(process.argv[3] ?? 500);
const speed = Number((BYTES_PER_SECOND / (RATE * BYTES_PER_SAMPLE)).toFixed(3));

const folder = mkdtempSync(join(tmpdir(), "biox-saturation-"));
try {
  await buildTinyBundle(folder, { rate: RATE, seconds: 2, hop: 0.1, slowMs });
  const engine = await createEngine(await loadBundle(folder), { threads: 1 });
  const source = await openSource(`sim:?rate=${RATE}&speed=${speed}&duration=${seconds * speed}`);
  const begin = performance.now();
  for await (const { window } of engine.run(source)) process.stderr.write(`\r${window[1]} samples `);
  const elapsed = (performance.now() - begin) / 1000;
  const summary = engine.summary()!;
  await source.close();
  await engine.close();
  process.stderr.write("\n");
  const { link, samples, lost, predictions, skippedHops, ms, eventLoopDelayMs } = summary;
  const rows: [string, string][] = [
    ["wire", `${Math.round(link.bytes / elapsed)} bytes/s for ${elapsed.toFixed(1)} s`],
    ["samples", `${samples} received, ${lost} lost, ${link.crcErrors + link.framingErrors} bad frames`],
    ["upper half", `${ms.upper.p50.toFixed(0)} ms median; ${predictions} predictions, ${skippedHops} hops skipped`],
    [
      "event loop",
      `delay of main p50 ${eventLoopDelayMs.p50.toFixed(2)}, p95 ${eventLoopDelayMs.p95.toFixed(2)}, p99 ${eventLoopDelayMs.p99.toFixed(2)} ms`,
    ],
  ];
  process.stdout.write(rows.map(([name, text]) => `${name.padEnd(12)}${text}\n`).join(""));
} finally {
  rmSync(folder, { recursive: true });
}
