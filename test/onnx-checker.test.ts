import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { mergedModel } from "../src/bench/merged.js";
import { upperHalf, wholeModel } from "../src/bench/models/cut.js";
import { hubertEcg } from "../src/bench/models/hubert-ecg.js";
import { labram } from "../src/bench/models/labram.js";
import { normwear } from "../src/bench/models/normwear.js";
import { papagei } from "../src/bench/models/papagei.js";
import { buildTinyBundle, type TinyBundleOptions } from "../src/bench/synthetic/bundle.js";
import { loadBundle } from "../src/bundle/index.js";
import { optimiseOnnx } from "../src/onnx/optimise/rewrite.js";
import { rewriteHalf } from "../src/onnx/quantize/rewrite.js";

const PYTHON = process.env.BIOX_PYTHON ?? "python3";
const folder = mkdtempSync(join(tmpdir(), "biox-checker-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Checks structure, attributes, types and that inferred shapes agree with the declared ones. */
const SCRIPT = `
import sys, onnx
for path in sys.argv[1:]:
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
print("checked", len(sys.argv) - 1)
`;

function python(...args: string[]): string {
  return execFileSync(PYTHON, args, { encoding: "utf8", stdio: "pipe" });
}

function hasOnnx(): boolean {
  try {
    python("-c", "import onnx");
    return true;
  } catch {
    return false;
  }
}

/** One file of a whole bundle, with a probe or without. */
async function merged(name: string, options: TinyBundleOptions): Promise<Uint8Array> {
  await buildTinyBundle(join(folder, name), options);
  return mergedModel(await loadBundle(join(folder, name)));
}

it("ONNX's own checker accepts every model", async () => {
  if (!hasOnnx()) {
    process.stdout.write("skipped: no Python with onnx (name one in BIOX_PYTHON)\n");
    return;
  }
  const files = {
    papagei: wholeModel(papagei, 1).onnx,
    "papagei-head": upperHalf(papagei, 11, 1, 3).onnx,
    "hubert-ecg": wholeModel(hubertEcg(), 1).onnx,
    labram: wholeModel(labram({ electrodes: 6, seconds: 3 }), 1).onnx,
    normwear: wholeModel(normwear({ depth: 1 }), 1).onnx,
    int8: rewriteHalf(upperHalf(labram({ electrodes: 6, seconds: 3 }), 10, 1).onnx, "labram", "int8").onnx,
    float16: rewriteHalf(wholeModel(papagei, 1).onnx, "papagei", "float16").onnx,
    "papagei-2d": optimiseOnnx(wholeModel(papagei, 1).onnx, "papagei").onnx,
    "hubert-ecg-2d": optimiseOnnx(wholeModel(hubertEcg(), 1).onnx, "hubert-ecg").onnx,
    merged: await merged("tiny", { layout: "NCT", targetLayout: "channels-first" }),
    "merged-probe": await merged("tiny-probe", { probe: true }),
  };
  const paths = Object.entries(files).map(([name, onnx]) => {
    const path = join(folder, `${name}.onnx`);
    writeFileSync(path, onnx);
    return path;
  });
  expect(python("-c", SCRIPT, ...paths)).toBe("checked 11\n");
});
