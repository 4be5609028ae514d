/**
 * Do models that are far too slow hurt the reading of the wire, or does memory grow with time? Prints the facts; nothing here is a test.
 *
 *     npm run bench:load -- [--minutes N] [--wearers N] [--channels N] [--rate HZ] [--slow-ms MS] [--json]
 *
 * Emulated wearables, each a process of its own, send through pseudo-terminals and the real serial port code, while one engine runs an
 * upper half that takes `slow-ms` for each window, back to back.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startEmulator } from "../index.js";
import { loadText } from "./load-text.js";
import { type LoadOptions, runLoad } from "./run-load.js";
import { buildTinyBundle } from "./synthetic/bundle.js";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "0.5" },
    wearers: { type: "string", default: "8" },
    channels: { type: "string", default: "4" },
    rate: { type: "string", default: "1000" },
    "slow-ms": { type: "string", default: "500" },
    json: { type: "boolean", default: false },
  },
});

function numberOf(name: "minutes" | "wearers" | "channels" | "rate" | "slow-ms"): number {
  const value = Number(values[name]);
  if (value > 0) return value;
  process.stderr.write(`Expected --${name} to be a number above 0, but received '${values[name]}'.\n`);
  process.exit(1);
}

const options: LoadOptions = {
  minutes: numberOf("minutes"),
  wearers: numberOf("wearers"),
  channels: numberOf("channels"),
  rate: numberOf("rate"),
  slowMs: numberOf("slow-ms"),
};
const folder = mkdtempSync(join(tmpdir(), "biox-load-"));
try {
  const channels = Array.from({ length: options.channels }, (_, c) => `ch${c + 1}`);
  await buildTinyBundle(folder, { rate: options.rate, seconds: 2, hop: 0.1, channels, slowMs: options.slowMs });
  const wearables = await Promise.all(
    Array.from({ length: options.wearers }, (_, n) =>
      startEmulator({ channels, rate: options.rate, duration: options.minutes * 60, seed: n + 1, format: "i16" }),
    ),
  );
  const report = await runLoad(folder, wearables, options, (line) => {
    if (process.stderr.isTTY) process.stderr.write(`\r${line} `);
  });
  process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : loadText(report));
} finally {
  rmSync(folder, { recursive: true });
}
// A serial driver may keep the event loop alive.
process.exit();
