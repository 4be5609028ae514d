// Times one training step of the fixture's bridge, 16 windows through the frozen upper half and back and a step of Adam, here and in
// PyTorch: in turns, with the same threads, weights, windows and targets, and prints losses, medians and their ratio. An epoch over the
// fixture's 353 pair windows is 22 such steps.
//
//     npm run build && node tools/align/compare-step.mjs FIXTURE [--python python3] [--threads 1] [--rounds 9]
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Adam } from "../../dist/align/train/adam.js";
import { WholeModel } from "../../dist/align/train/models.js";
import { LastObjective } from "../../dist/align/train/objective.js";
import { RowsReader, RowsWriter } from "../../dist/align/train/rows-file.js";
import { BridgeGradient } from "../../dist/bridge/index.js";
import { readSafetensors } from "../../dist/index.js";

const STEPS = 22;
const WINDOWS = 16;
const SPEC = { channelsIn: 64, rank: 8, prototypes: 50, tokens: 500, width: 64, targetLayout: "tokens-first" };
const SIZE = SPEC.tokens * SPEC.width;
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    python: { type: "string", default: "python3" },
    threads: { type: "string", default: "1" },
    rounds: { type: "string", default: "9" },
  },
});
const fixture = positionals[0];
const threads = Number(values.threads);

async function ours(folder) {
  const { tensors } = readSafetensors(join(fixture, "align/gradients.safetensors"));
  const floats = (name) => Float32Array.from(tensors.get(name).data);
  const weights = {
    A: floats("trained.A"),
    B: floats("trained.B"),
    prototypes: floats("trained.prototypes"),
  };
  const repeated = (four) => {
    const all = new Float32Array(four.length * 4);
    for (let i = 0; i < 4; i++) all.set(four, i * four.length);
    return all;
  };
  const x = repeated(floats("x"));
  const targets = repeated(floats("target_last"));
  const path = join(folder, "targets.safetensors");
  const writer = await RowsWriter.create(path, WINDOWS, { block: SIZE, last: SIZE }, {});
  for (let n = 0; n < WINDOWS; n++)
    for (const name of ["block", "last"]) await writer.write(name, n, targets.subarray(n * SIZE, (n + 1) * SIZE));
  await writer.finish();
  const model = await WholeModel.open(join(fixture, "models/ecg_full.onnx"), {
    name: "ecg",
    dtype: "int64",
    shape: [500],
    read: () => undefined,
  });
  const ends = { at: "h_6", last: "h_8", loss: "cosine" };
  const objective = await LastObjective.create(model, ends, new RowsReader(path), threads, String);
  const bridge = new BridgeGradient(SPEC, WINDOWS);
  const adam = new Adam(Object.values(weights));
  const gradients = structuredClone(weights);
  const out = new Float32Array(WINDOWS * SIZE);
  const dOut = new Float32Array(out.length);
  const rows = Int32Array.from({ length: WINDOWS }, (_, n) => n);
  return async () => {
    const began = performance.now();
    bridge.forward(weights, x, out, WINDOWS);
    const loss = await objective.step(rows, out, dOut);
    bridge.backward(weights, x, dOut, gradients);
    adam.step(Object.values(gradients), 1e-3);
    return { loss, ms: performance.now() - began };
  };
}

function pytorch(kind) {
  const script = fileURLToPath(new URL("torch_step.py", import.meta.url));
  const child = spawn(values.python, [script, fixture, String(threads), kind], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const step = async () => {
    child.stdin.write("\n");
    return JSON.parse((await lines.next()).value);
  };
  return { step, end: () => child.stdin.end() };
}

const median = (numbers) => numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
const folder = mkdtempSync(join(tmpdir(), "biox-compare-"));
const [plain, fused] = [pytorch("plain"), pytorch("fused")];
const contenders = {
  "biox-edge": await ours(folder),
  "PyTorch, plain": plain.step,
  "PyTorch, fused attention": fused.step,
};
const times = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]));
for (let round = -2; round < Number(values.rounds); round++)
  for (const [name, step] of Object.entries(contenders)) {
    const { loss, ms } = await step();
    // The first rounds warm up, and show that all compute the same.
    if (round < 0) console.log(`${name}: loss ${loss.toFixed(5)}`);
    else times[name].push(ms);
  }
const own = median(times["biox-edge"]);
for (const [name, all] of Object.entries(times)) {
  const ms = median(all);
  console.log(
    `${name}: ${ms.toFixed(0)} ms a step, ${((ms * STEPS) / 1000).toFixed(1)} s an epoch, biox-edge takes ${(own / ms).toFixed(2)} of it`,
  );
}
plain.end();
fused.end();
rmSync(folder, { recursive: true });
