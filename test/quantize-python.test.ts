/** Weights in int8 against those of ONNX Runtime's own quantiser, which is in Python. */

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { constant, encodeModel, GraphBuilder, readModel } from "../src/onnx/index.js";
import { quantizeProducts } from "../src/onnx/quantize/int8.js";

const PYTHON = process.env.BIOX_PYTHON ?? "python3";
const folder = mkdtempSync(join(tmpdir(), "biox-quantize-python-"));
afterAll(() => rmSync(folder, { recursive: true }));

const [ROWS, COLUMNS] = [128, 32];

const SCRIPT = `
import json, sys, onnx
from onnx import numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
quantize_dynamic(sys.argv[1], sys.argv[2], per_channel=True, weight_type=QuantType.QInt8)
found = {i.name: numpy_helper.to_array(i) for i in onnx.load(sys.argv[2]).graph.initializer}
values = next(a for a in found.values() if a.shape == (${ROWS}, ${COLUMNS}))
scales = next(a for n, a in found.items() if a.shape == (${COLUMNS},) and a.dtype == "float32")
print(json.dumps({"values": values.ravel().tolist(), "scales": [float(s) for s in scales]}))
`;

function python(...args: string[]): string | undefined {
  try {
    return execFileSync(PYTHON, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  } catch {
    return undefined;
  }
}

const able = python("-c", "import onnx, onnxruntime.quantization") !== undefined;
if (!able) process.stdout.write("skipped: no Python with onnx and onnxruntime (name one in BIOX_PYTHON)\n");

/** Normal numbers, in the first half of the columns with odd rows near 0: there neighbours leave each other room. */
function weights(): Float32Array {
  let state = 7;
  const uniform = (): number => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return (state + 1) / 2147483649;
  };
  return Float32Array.from({ length: ROWS * COLUMNS }, (_, i) => {
    const normal = Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
    const quiet = i % COLUMNS < COLUMNS / 2 && Math.floor(i / COLUMNS) % 2 === 1;
    return normal * (quiet ? 1e-4 : 1);
  });
}

it.runIf(able)(
  "are the same where neighbours leave room, and elsewhere have coarser steps, within a factor of 2",
  () => {
    const graph = new GraphBuilder("g");
    graph.input("x", "float32", [1, ROWS]);
    graph.initializer("w", constant(weights(), [ROWS, COLUMNS]));
    graph.node("MatMul", ["x", "w"], { outputs: ["y"] });
    graph.output("y", "float32", [1, COLUMNS]);
    const onnx = encodeModel(graph);
    const path = join(folder, "w.onnx");
    writeFileSync(path, onnx);
    const theirs = JSON.parse(python("-c", SCRIPT, path, join(folder, "q.onnx"))!.trim().split("\n").at(-1)!);
    const model = readModel(onnx);
    quantizeProducts(model, "w.onnx");
    const raw = (name: string) => model.graph!.initializer.find((tensor) => tensor.name === name)!.rawData;
    const values = Array.from(new Int8Array(raw("w_int8")));
    const scales = Array.from(new Float32Array(raw("w_scales").slice().buffer));
    let coarser = 0;
    for (let n = 0; n < COLUMNS; n++) {
      const ratio = scales[n]! / theirs.scales[n];
      if (n < COLUMNS / 2) {
        expect(ratio).toBe(1);
        for (let i = n; i < values.length; i += COLUMNS) expect(values[i], `element ${i}`).toBe(theirs.values[i]);
      } else {
        expect(ratio).toBeGreaterThanOrEqual(1);
        expect(ratio).toBeLessThan(2);
        if (ratio > 1) coarser++;
      }
    }
    expect(coarser).toBeGreaterThan(0);
  },
);
