/**
 * Can a gateway be left alone? Runs `biox serve` with wearers on pseudo-terminals, its page open and an MQTT broker, does things to it at
 * random (a wearable is unplugged, sends garbage or damaged frames; the broker is restarted; an engine thread dies) and accounts for every
 * sample and message. Ends with 1 where something that must hold does not.
 *
 *     npm run bench:soak -- [--minutes N] [--wearers N] [--rate HZ] [--every SECONDS] [--seed N] [--faults LIST]
 *         [--folder DIR] [--json]
 *
 * LIST names what is done, e.g. "unplug,broker"; all of it unless told. DIR keeps the log of the gateway and where its memory went. Needs mosquitto, and opens the page in Chromium where there is one.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { FAULT_KINDS, type FaultKind } from "./faults.js";
import { runSoak } from "./run-soak.js";
import { complaints, soakText } from "./soak-text.js";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "3" },
    wearers: { type: "string", default: "12" },
    rate: { type: "string", default: "250" },
    every: { type: "string", default: "10" },
    seed: { type: "string", default: "1" },
    faults: { type: "string", default: FAULT_KINDS.join(",") },
    folder: { type: "string" },
    json: { type: "boolean", default: false },
  },
});

function numberOf(name: "minutes" | "wearers" | "rate" | "every" | "seed"): number {
  const value = Number(values[name]);
  if (value > 0) return value;
  process.stderr.write(`Expected --${name} to be a number above 0, but received '${values[name]}'.\n`);
  process.exit(1);
}

function kindsOf(list: string): FaultKind[] {
  const named = list.split(",");
  const known = named.filter((name): name is FaultKind => FAULT_KINDS.some((kind) => kind === name));
  if (known.length === named.length) return known;
  const kinds = [...new Set(FAULT_KINDS)].join(", ");
  process.stderr.write(`Expected --faults to name some of ${kinds}, with commas between, but received '${list}'.\n`);
  process.exit(1);
}

const options = {
  kinds: kindsOf(values.faults),
  minutes: numberOf("minutes"),
  wearers: numberOf("wearers"),
  rate: numberOf("rate"),
  every: numberOf("every"),
  seed: numberOf("seed"),
  bundle: fileURLToPath(new URL("../../../bundles/demo", import.meta.url)),
};
// Kept where it is given, to be looked at.
const folder = values.folder ?? mkdtempSync(join(tmpdir(), "biox-soak-"));
let broken: string[] = [];
try {
  const report = await runSoak({ ...options, folder }, (line) => {
    if (process.stderr.isTTY) process.stderr.write(`\r${line}   `);
  });
  broken = complaints(report);
  process.stdout.write(values.json ? `${JSON.stringify({ ...report, broken })}\n` : soakText(report));
  for (const sentence of broken) process.stderr.write(`${sentence}\n`);
} finally {
  if (values.folder === undefined) rmSync(folder, { recursive: true });
}
process.exit(broken.length > 0 ? 1 : 0);
