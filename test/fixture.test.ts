/** The fixture's golden values, made with PyTorch: every stage of the runtime against them, with every SIMD target. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readSafetensors, type Safetensors, simd, writeSafetensors } from "biox-edge";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { biox } from "./support/biox.js";
import { sharedPath } from "./support/shared.js";
import { expectStage, FIXTURE_NAMES, STAGES, tensor } from "./support/stages.js";

const bundle = sharedPath("fixture/bundle");
const goldenPath = sharedPath("fixture/golden/golden.safetensors");
const folder = mkdtempSync(join(tmpdir(), "biox-fixture-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Windows 0 to 3 are at 50 Hz, the others at 125 Hz. */
const RATES = [
  { rate: 50, first: 0, count: 4 },
  { rate: 125, first: 4, count: 12 },
];

describe.runIf(bundle && goldenPath)("fixture", () => {
  let golden: Safetensors;
  beforeAll(() => {
    golden = readSafetensors(goldenPath!);
    for (const { rate, first, count } of RATES) {
      const signal = new Float64Array(count * rate * 10);
      for (let n = 0; n < count; n++)
        signal.set(
          golden.tensors.get(`raw_ppg_${String(first + n).padStart(2, "0")}`)!.data as Float64Array,
          n * rate * 10,
        );
      const tensors = { signal: { shape: [count, 1, rate * 10], data: signal } };
      writeFileSync(join(folder, `raw${rate}.safetensors`), writeSafetensors(tensors, { rate: String(rate) }));
    }
    const tokens = golden.tensors.get("tokens_ppg")!;
    writeFileSync(join(folder, "tokens.safetensors"), writeSafetensors({ input: tokens }));
  });

  function compare(out: string, first: number, count: number): void {
    const result = readSafetensors(out);
    for (const stage of STAGES)
      expectStage(stage, tensor(result, stage), tensor(golden, FIXTURE_NAMES[stage]), first, count);
  }

  for (const target of simd().available) {
    it(`agrees from raw samples (${target})`, async () => {
      for (const { rate, first, count } of RATES) {
        const out = join(folder, `out-${target}-${rate}.safetensors`);
        const args = ["infer", bundle!, "--in", join(folder, `raw${rate}.safetensors`), "--out", out];
        expect(await biox(args, { BIOX_SIMD: target })).toMatchObject({ code: 0, stderr: "" });
        compare(out, first, count);
      }
    });

    it(`agrees from prepared tokens (${target})`, async () => {
      const out = join(folder, `out-${target}-tokens.safetensors`);
      const args = ["infer", bundle!, "--in", join(folder, "tokens.safetensors"), "--input", "prepared", "--out", out];
      expect(await biox(args, { BIOX_SIMD: target })).toMatchObject({ code: 0, stderr: "" });
      compare(out, 0, 16);
    });
  }
});
