/** A short form of `npm run bench:soak`: everything switched on, faults at random, and no sample or message unaccounted for. */

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { hasMosquitto } from "./support/messages/mosquitto.js";

/** The short form of a desk; CI takes longer, by itself. */
const minutes = Number(process.env.BIOX_SOAK_MINUTES ?? 0.5);
const program = fileURLToPath(new URL("../dist/bench/soak/soak.js", import.meta.url));

if (hasMosquitto && minutes === 0) process.stdout.write("skipped: BIOX_SOAK_MINUTES is 0\n");

it.runIf(hasMosquitto && minutes > 0)(
  "is left alone with twelve wearers, and loses nothing that arrived",
  async () => {
    const args = [program, "--minutes", String(minutes), "--every", "5", "--json"];
    const { stdout, stderr } = await new Promise<{ stdout: string; stderr: string }>((resolve) => {
      execFile(process.execPath, args, (_, stdout, stderr) => resolve({ stdout, stderr }));
    });
    expect(stdout, stderr).not.toBe("");
    const report = JSON.parse(stdout);
    const { missing, invented, undelivered, ended, noise, faults } = report;
    expect({ missing, invented, undelivered, ended, noise }).toEqual({
      missing: 0,
      invented: 0,
      undelivered: 0,
      ended: undefined,
      noise: [],
    });
    expect(report.arrived).toBeGreaterThan(0);
    expect(report.received).toBeGreaterThanOrEqual(report.arrived);
    expect(report.predictions).toBeGreaterThan(0);
    for (const { kind, injected, ...seen } of faults)
      expect({ kind, ...seen }).toEqual({ kind, inMetrics: injected, inLog: injected, recovered: injected });
  },
  (minutes * 60 + 240) * 1000,
);
