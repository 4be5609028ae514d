/** Nothing leaves the machine: ONNX Runtime's telemetry, which leaves its traces in the home folder, is off. */

import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "biox-privacy-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs a script with a home of its own and gives what it left there. ONNX Runtime is silent in CI, so nothing may look like it. */
function traces(name: string, script: string): string[] {
  const home = join(folder, name);
  const { PATH } = process.env;
  const result = spawnSync(process.execPath, ["--input-type=module", "--eval", script], {
    cwd: root,
    env: { PATH, HOME: home },
    encoding: "utf8",
  });
  expect(result.stderr).toBe("");
  return existsSync(home) ? readdirSync(home, { recursive: true }).map(String) : [];
}

const MODEL = `const model = "bundles/demo/upper.onnx";`;

describe("telemetry", () => {
  it("would be on without us, or this test could not fail", () => {
    const found = traces(
      "plain",
      `${MODEL} import ort from "onnxruntime-node"; await ort.InferenceSession.create(model);`,
    );
    expect(found.some((path) => path.endsWith("deviceid"))).toBe(true);
  });

  it("is off in the engine and in offline inference", () => {
    const script = `
      import { createEngine, infer, loadBundle, readSafetensors } from "biox-edge";
      const bundle = await loadBundle("bundles/demo");
      await infer(bundle, readSafetensors("test/golden/demo-golden.safetensors"));
      await (await createEngine(bundle)).close();`;
    expect(traces("ours", script)).toEqual([]);
  });
});
