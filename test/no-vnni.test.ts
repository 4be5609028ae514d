/**
 * int8 on an x86 processor without VNNI, which adds the products of two neighbours in 16 bits and cuts off what does not
 * fit: an emulated Haswell.
 */

import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, it } from "vitest";
import { constant, encodeModel, GraphBuilder, readModel, writeModel } from "../src/onnx/index.js";
import { quantizeProducts } from "../src/onnx/quantize/int8.js";

const QEMU = ["/usr/bin/qemu-x86_64-static", "/usr/bin/qemu-x86_64"].find(existsSync);
const able = QEMU !== undefined && process.platform === "linux" && process.arch === "x64";
if (!able) process.stdout.write("skipped: no qemu-x86_64, or not on x64 Linux\n");

const folder = mkdtempSync(join(tmpdir(), "biox-no-vnni-"));
afterAll(() => rmSync(folder, { recursive: true }));

const SIZE = 64;

/** Prints y[0] of each file for an input of ones. */
const SCRIPT = `
import { InferenceSession, Tensor } from "onnxruntime-node";
const ones = new Tensor("float32", new Float32Array(${SIZE}).fill(1), [1, ${SIZE}]);
for (const file of process.argv.slice(1)) {
  const session = await InferenceSession.create(file, { intraOpNumThreads: 1, logSeverityLevel: 3 });
  console.log((await session.run({ x: ones })).y.data[0]);
}`;

/** y = x W for a W of ones: all activations and all weights are the largest that there are. */
function ones(): Uint8Array {
  const graph = new GraphBuilder("ones");
  graph.input("x", "float32", [1, SIZE]);
  graph.initializer("w", constant(new Float32Array(SIZE * SIZE).fill(1), [SIZE, SIZE]));
  graph.node("MatMul", ["x", "w"], { outputs: ["y"] });
  graph.output("y", "float32", [1, SIZE]);
  return encodeModel(graph);
}

it.runIf(able)("sums are right where weights of the full 8 bits would be cut off", () => {
  const kept = readModel(ones());
  quantizeProducts(kept, "ones");
  const full = readModel(writeModel(kept));
  for (const tensor of full.graph!.initializer) {
    if (tensor.name === "w_int8") tensor.rawData.fill(127);
    if (tensor.name === "w_scales") tensor.rawData = new Uint8Array(new Float32Array(SIZE).fill(1 / 127).buffer);
  }
  const files = { kept: writeModel(kept), full: writeModel(full) };
  const paths = Object.entries(files).map(([name, onnx]) => {
    const path = join(folder, `${name}.onnx`);
    writeFileSync(path, onnx);
    return path;
  });
  const args = ["-cpu", "Haswell", process.execPath, "--input-type=module", "-e", SCRIPT, ...paths];
  const cwd = fileURLToPath(new URL("..", import.meta.url));
  const printed = execFileSync(QEMU!, args, {
    cwd,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
    timeout: 120_000,
  });
  const [safe, cut] = printed.trim().split("\n").map(Number) as [number, number];
  expect(Math.abs(safe - SIZE)).toBeLessThan(0.01 * SIZE);
  // Otherwise this processor cuts nothing off, and the line above shows nothing.
  expect(cut).toBeLessThan(0.6 * SIZE);
});
