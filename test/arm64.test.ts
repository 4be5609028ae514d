/**
 * The gateway on 64-bit Arm, under emulation: correctness only, no speed. Needs `tools/arm64/prepare.sh`; each processor runs the
 * demo's golden windows with every SIMD target that it has, the first one also the fixture's and a live run over a terminal.
 */

import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { infer, loadBundle, quantizeBundle, readSafetensors, writeSafetensors } from "biox-edge";
import { optimiseBundle } from "biox-edge/bench";
import { afterAll, describe, expect, it } from "vitest";
import { biox, type Launcher } from "./support/biox.js";
import { sharedPath } from "./support/shared.js";
import { distance, expectStage, FIXTURE_NAMES, STAGES, TOLERANCE, tensor } from "./support/stages.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const ready = existsSync(join(root, "build/arm64/node/bin/node"));
if (!ready) process.stdout.write("skipped: no build/arm64 (tools/arm64/prepare.sh makes it)\n");

const folder = mkdtempSync(join(tmpdir(), "biox-arm64-"));
afterAll(() => rmSync(folder, { recursive: true }));

const on = (cpu: string): Launcher => [join(root, "tools/arm64/biox.sh"), cpu];
const demo = join(root, "bundles/demo");
const goldenDemo = join(root, "test/golden/demo-golden.safetensors");

async function inferDemo(cpu: string, simd: string, precision: string) {
  const out = join(folder, `${cpu}-${simd}-${precision}.safetensors`);
  const args = ["infer", demo, "--in", goldenDemo, "--out", out, "--precision", precision];
  const { code, stderr } = await biox(args, { BIOX_SIMD: simd }, on(cpu));
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return readSafetensors(out);
}

describe.runIf(ready).each([
  { cpu: "cortex-a72", targets: ["neon", "scalar"] },
  { cpu: "max", targets: ["neon-dotprod", "neon", "scalar"] },
])("arm64, $cpu", ({ cpu, targets }) => {
  it.each(targets)("agrees with PyTorch on the demo's golden windows (%s)", async (simd) => {
    const [result, golden] = [await inferDemo(cpu, simd, "float32"), readSafetensors(goldenDemo)];
    for (const stage of STAGES) expectStage(stage, tensor(result, stage), tensor(golden, stage));
  });

  // Not with SME: there ONNX Runtime has kernels that round in another way (docs/quantize.md), which no gateway has.
  const gateway = cpu === "max" ? "max,sme=off" : cpu;
  it(`computes a half in int8 as x86-64 does (${gateway})`, async () => {
    const bundle = join(folder, `int8-${cpu}`);
    await quantizeBundle(demo, bundle, { precision: "int8", force: true });
    const out = join(folder, `int8-${cpu}.safetensors`);
    const { code, stderr } = await biox(["infer", bundle, "--in", goldenDemo, "--out", out], {}, on(gateway));
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const golden = readSafetensors(goldenDemo);
    const here = await infer(await loadBundle(bundle), golden);
    for (const stage of STAGES) {
      // Where sums differ in their last bit, one number may be rounded to the next of 255 steps: little beside what int8 itself costs.
      const cost = distance(here.tensors[stage], tensor(golden, stage));
      const worst = distance(tensor(readSafetensors(out), stage), here.tensors[stage]);
      expect(worst, stage).toBeLessThanOrEqual(Math.max(TOLERANCE[stage], 0.05 * cost));
    }
  });
});

describe.runIf(ready)("arm64", () => {
  it("computes with a rewritten graph what PyTorch does", async () => {
    const [bundle, out] = [join(folder, "optimised"), join(folder, "optimised.safetensors")];
    await optimiseBundle(demo, bundle, { minGain: 0 });
    const { code, stderr } = await biox(["infer", bundle, "--in", goldenDemo, "--out", out], {}, on("cortex-a72"));
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const [result, golden] = [readSafetensors(out), readSafetensors(goldenDemo)];
    for (const stage of STAGES) expectStage(stage, tensor(result, stage), tensor(golden, stage));
  });

  it("gives int8 weights the same bits with the dot product of bytes as without", async () => {
    const [with_, without] = [await inferDemo("max", "neon-dotprod", "int8"), await inferDemo("max", "neon", "int8")];
    expect(tensor(with_, "bridged").data).toEqual(tensor(without, "bridged").data);
    expect(tensor(with_, "bridged").data).not.toEqual(tensor(readSafetensors(goldenDemo), "bridged").data);
  });

  it("refuses the dot product's kernels where the processor has none", async () => {
    const args = ["infer", demo, "--in", goldenDemo, "--out", join(folder, "refused.safetensors")];
    const { code, stderr } = await biox(args, { BIOX_SIMD: "neon-dotprod" }, on("cortex-a72"));
    expect(code).toBe(1);
    expect(stderr).toContain("(neon, scalar), but received 'neon-dotprod'");
  });

  it("reads a wearable over a terminal and predicts", async () => {
    const args = ["run", demo, "--from", "sim:?hr=150&duration=15", "--json"];
    const { code, stderr, lines } = await biox(args, {}, on("cortex-a72"));
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(lines[0].engine.bridge.simd).toBe("neon");
    expect(lines.at(-1)).toMatchObject({ type: "summary", samples: 1500, lost: 0, unpredicted: 0 });
    const predictions = lines.filter((l) => l.type === "prediction");
    expect(predictions.length).toBeGreaterThan(0);
    for (const { label } of predictions) expect(label).toBe("vigorous (130 bpm and above)");
  });

  const fixture = ready ? sharedPath("fixture") : undefined;
  it.runIf(fixture)("agrees with PyTorch on the fixture's windows", async () => {
    const golden = readSafetensors(join(fixture!, "golden/golden.safetensors"));
    const [input, out] = [join(folder, "raw.safetensors"), join(folder, "fixture.safetensors")];
    const signal = { shape: [1, 1, 1250], data: tensor(golden, "raw_ppg_04").data as Float64Array };
    writeFileSync(input, writeSafetensors({ signal }));
    const args = ["infer", join(fixture!, "bundle"), "--in", input, "--out", out];
    const { code, stderr } = await biox(args, {}, on("cortex-a72"));
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const result = readSafetensors(out);
    for (const stage of STAGES) expectStage(stage, tensor(result, stage), tensor(golden, FIXTURE_NAMES[stage]), 4, 1);
  });
});
