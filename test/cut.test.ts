/** `biox inspect` and `biox cut` of ONNX models. */

import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Tensor } from "onnxruntime-node";
import { afterAll, describe, expect, it } from "vitest";
import { readSafetensors } from "../src/bundle/index.js";
import { constant, encodeModel, GraphBuilder, openModel, readModel } from "../src/onnx/index.js";
import { biox } from "./support/biox.js";
import { expectCutsHold, runModel } from "./support/halves.js";
import { sharedPath } from "./support/shared.js";

const folder = mkdtempSync(join(tmpdir(), "biox-cut-"));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string): string => join(folder, name);

/** x [batch, 2, 3] -> Exp -> t -> Relu -> u -> mean over tokens -> linear -> y [batch, 2], with the batch's size taken from x. */
function sample(): Uint8Array {
  const graph = new GraphBuilder("net");
  graph.input("x", "float32", ["batch", 2, 3]);
  graph.initializer("w", constant(Float32Array.of(1, 2, 3, 4, 5, 6), [3, 2]));
  graph.initializer("b", constant(Float32Array.of(7, 8), [2]));
  graph.node("Shape", ["x"], { outputs: ["shape"] });
  graph.node("Exp", ["x"], { outputs: ["t"] });
  graph.node("Relu", ["t"], { outputs: ["u"] });
  graph.node("Reshape", ["u", "shape"], { outputs: ["v"] });
  graph.node("ReduceMean", ["v"], {
    outputs: ["mean"],
    attributes: { axes: { type: "ints", value: [1] }, keepdims: { type: "int", value: 0 } },
  });
  graph.node("MatMul", ["mean", "w"], { outputs: ["product"] });
  graph.node("Add", ["product", "b"], { outputs: ["y"] });
  graph.output("y", "float32", ["batch", 2]);
  return encodeModel(graph);
}

describe("a model with an open batch", () => {
  const path = file("open.onnx");
  writeFileSync(path, sample());

  it("is told, with its open dimension, and its cuts once that has a size", async () => {
    const open = (await biox(["inspect", path, "--json"])).lines[0];
    expect(open).toMatchObject({
      type: "model",
      file: path,
      bytes: sample().length,
      opset: 17,
      producer: "biox-edge",
      nodes: 7,
      parameters: 8,
      inputs: [{ name: "x", dataType: "float32", shape: ["batch", 2, 3] }],
      outputs: [{ name: "y", dataType: "float32", shape: ["batch", 2] }],
      openDimensions: ["batch"],
    });
    expect(open.cuts.map(({ tensor }: { tensor: string }) => tensor)).toEqual(["v", "mean", "product"]);
    const fixed = (await biox(["inspect", path, "--json", "--dim", "batch=4"])).lines[0];
    expect(fixed.openDimensions).toEqual([]);
    expect(fixed.cuts).toMatchObject([
      { tensor: "t", shape: [4, 2, 3], dataType: "float32", index: 0, parametersBefore: 0, parametersAfter: 8 },
      { tensor: "u", index: 1 },
      { tensor: "v", index: 2 },
      { tensor: "mean", shape: [4, 3], index: 3, parametersBefore: 0, parametersAfter: 8 },
      { tensor: "product", shape: [4, 2], index: 4, parametersBefore: 6, parametersAfter: 2 },
    ]);
  });

  it("prints a table for people", async () => {
    const { stdout } = await biox(["inspect", path, "--dim", "batch=4"]);
    expect(stdout).toContain("input       x float32 [4, 2, 3]\n");
    expect(stdout).toMatch(/^index {2}block {2}tensor {3}type +before {2}after {2}scope$/m);
    expect(stdout).toMatch(/^0 {13}t +float32 \[4, 2, 3\] {2}0 +8 +net$/m);
    expect((await biox(["inspect", path])).stdout).toContain("open        batch (give them a size with --dim)\n");
  });

  it("is cut, with its head apart", async () => {
    const args = ["cut", path, "--dim", "batch=1", "--at", "t", "--lower", file("l.onnx"), "--upper", file("u.onnx")];
    const { code, lines, stderr } = await biox([...args, "--probe", file("p.safetensors"), "--json"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(lines).toEqual([
      { type: "cut", file: path, at: "t", files: [file("l.onnx"), file("u.onnx"), file("p.safetensors")] },
    ]);
    const { tensors } = readSafetensors(readFileSync(file("p.safetensors")));
    expect(tensors.get("weight")).toMatchObject({
      dtype: "F32",
      shape: [2, 3],
      data: Float32Array.of(1, 3, 5, 2, 4, 6),
    });
    expect(tensors.get("bias")).toMatchObject({ shape: [2], data: Float32Array.of(7, 8) });
    const upper = readModel(readFileSync(file("u.onnx")));
    expect(upper.graph!.node.map(({ opType }) => opType)).toEqual(["Constant", "Relu", "Reshape"]);
    expect(upper.graph!.output.map(({ name }) => name)).toEqual(["v"]);
  });

  const target = ["--lower", file("no-l.onnx"), "--upper", file("no-u.onnx")];
  it.each([
    [
      ["cut", path, "--at", "t", ...target],
      "The model cannot be cut at 't': it does not carry everything: 'shape' leads past it.",
    ],
    [["cut", path, "--at", "w", ...target], "is no tensor on the way from its input to its output"],
    [
      ["cut", path, "--at", "t", "--dim", "time=3", ...target],
      "Expected dimension to be an open one (batch), but received 'time'",
    ],
    [
      ["cut", path, "--at", "t", "--output", "z", ...target],
      "Expected output to be one of the model's: y, but received 'z'",
    ],
    [["cut", path, "--at", "t", "--dim", "batch=0", ...target], "Expected a number above 0"],
    [
      ["cut", path, "--at", "t", "--lower", path, "--upper", file("no.onnx"), "--dim", "batch=1"],
      "none of the model's own",
    ],
    [["cut", file("gone.onnx"), "--at", "t", ...target], "does not exist"],
    [["inspect", file("gone.onnx")], "does not exist"],
    [["inspect", "bundles/demo", "--blocks"], "Expected path to be an .onnx file, with --output, --dim or --blocks"],
  ])("biox %j is refused", async (args, message) => {
    const { code, stdout, stderr } = await biox(args);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(readdirSync(folder).filter((name) => name.startsWith("no"))).toEqual([]);
    expect(readFileSync(path)).toEqual(Buffer.from(sample()));
  });

  it("has no head to split off where it does not end in a mean and a linear layer", async () => {
    const graph = new GraphBuilder("net");
    graph.input("x", "float32", [1, 2, 3]);
    graph.node("Exp", ["x"], { outputs: ["t"] });
    graph.node("Softmax", ["t"], { outputs: ["y"] });
    graph.output("y", "float32", [1, 2, 3]);
    writeFileSync(file("softmax.onnx"), encodeModel(graph));
    const args = ["cut", file("softmax.onnx"), "--at", "t", ...target, "--probe", file("no.safetensors")];
    const { code, stderr } = await biox(args);
    expect(code).toBe(1);
    expect(stderr).toContain("does not end in a mean over tokens and one linear layer: it ends in 'net/y' (Softmax)");
  });
});

describe("the fixture's ECG model", () => {
  it.each(["ecg_full", "ecg_full_dynamo"])("%s, cut where its bridge enters, gives the golden values", async (name) => {
    const path = sharedPath(`fixture/models/${name}.onnx`);
    const golden = sharedPath("fixture/golden/golden.safetensors");
    if (!path || !golden) return;
    const { cuts } = (await biox(["inspect", path, "--blocks", "--json"])).lines[0];
    const at = cuts.find(({ block }: { block: number }) => block === 6).tensor;
    const args = ["cut", path, "--at", at, "--lower", file("l.onnx"), "--upper", file("u.onnx")];
    expect((await biox([...args, "--probe", file("p.safetensors")])).stderr).toBe("");
    const { tensors } = readSafetensors(readFileSync(golden));
    const bridged = tensors.get("bridge_out")!.data as Float32Array;
    const truth = tensors.get("last_block")!.data as Float32Array;
    const { model } = await openModel(file("u.onnx"));
    const size = 500 * 64;
    const x = new Tensor("float32", bridged.slice(0, size), [1, 500, 64]);
    const [last] = Object.values(await runModel(model, { [at]: x }, "all"));
    expect(last!.dims).toEqual([1, 500, 64]);
    const off = (last!.data as Float32Array).reduce((most, v, i) => Math.max(most, Math.abs(v - truth[i]!)), 0);
    expect(off).toBeLessThan(2e-4);
    // The probe: mean over tokens, then weight and bias.
    const probe = readSafetensors(readFileSync(file("p.safetensors"))).tensors;
    const [weight, bias] = [probe.get("weight")!, probe.get("bias")!];
    expect(weight.shape).toEqual([3, 64]);
    const logits = tensors.get("logits")!.data as Float32Array;
    for (let k = 0; k < 3; k++) {
      let sum = Number(bias.data[k]);
      for (let i = 0; i < size; i++) sum += ((last!.data[i] as number) / 500) * Number(weight.data[k * 64 + (i % 64)]);
      expect(Math.abs(sum - logits[k]!)).toBeLessThan(5e-5);
    }
  });
});

const PYTHON = process.env.BIOX_PYTHON ?? "python3";

/** Exports a small transformer by both of PyTorch's exporters, with the batch open and not. */
const EXPORT = `
import sys, warnings, torch
warnings.filterwarnings("ignore")
from torch import nn
class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(16), nn.LayerNorm(16)
        self.qkv, self.proj = nn.Linear(16, 48), nn.Linear(16, 16)
        self.mlp = nn.Sequential(nn.Linear(16, 32), nn.GELU(), nn.Linear(32, 16))
    def forward(self, x):
        b, t, c = x.shape
        q, k, v = self.qkv(self.norm1(x)).reshape(b, t, 3, 2, c // 2).permute(2, 0, 3, 1, 4)
        a = torch.softmax(q @ k.transpose(-1, -2) * 8 ** -0.5, -1)
        x = x + self.proj((a @ v).transpose(1, 2).reshape(b, t, c))
        return x + self.mlp(self.norm2(x))
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv1d(1, 16, 5, stride=5)
        self.blocks = nn.ModuleList([Block() for _ in range(3)])
        self.head = nn.Linear(16, 4)
    def forward(self, x):
        x = self.stem(x).transpose(1, 2)
        for block in self.blocks:
            x = block(x)
        return self.head(x.mean(1))
torch.manual_seed(1)
net, x = Net().eval(), torch.randn(2, 1, 100)
torch.onnx.export(net, (x,), sys.argv[1] + "/script.onnx", dynamo=False, opset_version=13, input_names=["x"])
torch.onnx.export(net, (x,), sys.argv[1] + "/script-open.onnx", dynamo=False, opset_version=17, input_names=["x"], dynamic_axes={"x": {0: "batch"}})
torch.onnx.export(net, (x,), sys.argv[1] + "/dynamo.onnx", dynamo=True, verbose=False, input_names=["x"])
torch.onnx.export(net, (x,), sys.argv[1] + "/dynamo-open.onnx", dynamo=True, verbose=False, input_names=["x"], dynamic_shapes={"x": {0: torch.export.Dim("batch")}})
`;

const CHECK = `
import sys, onnx
for path in sys.argv[1:]:
    onnx.checker.check_model(path, full_check=True)
print("checked", len(sys.argv) - 1)
`;

function python(...args: string[]): string | undefined {
  try {
    return execFileSync(PYTHON, args, { encoding: "utf8", stdio: "pipe" });
  } catch {
    process.stdout.write("skipped: no Python with torch and onnx (name one in BIOX_PYTHON)\n");
    return undefined;
  }
}

it("models as PyTorch's exporters write them hold at every cut, and ONNX's checker takes the halves", async () => {
  if (python("-c", "import torch, onnx, onnxscript") === undefined) return;
  execFileSync(PYTHON, ["-c", EXPORT, folder], { stdio: "pipe" });
  const halves: string[] = [];
  for (const name of ["script", "script-open", "dynamo", "dynamo-open"]) {
    const dimensions = name.endsWith("open")
      ? { dim: ["--dim", "batch=2"], sizes: { batch: 2 } }
      : { dim: [], sizes: {} };
    const path = file(`${name}.onnx`);
    const { cuts } = (await biox(["inspect", path, "--blocks", "--json", ...dimensions.dim])).lines[0];
    expect(
      cuts.map(({ block }: { block: number }) => block),
      name,
    ).toEqual([0, 1, 2, 3]);
    const { model } = await openModel(path, dimensions.sizes);
    expect(await expectCutsHold(model), name).toBeGreaterThan(8);
    const [lower, upper] = [file(`${name}-l.onnx`), file(`${name}-u.onnx`)];
    const args = ["cut", path, "--at", cuts[2].tensor, "--lower", lower, "--upper", upper, ...dimensions.dim];
    expect((await biox(args)).stderr).toBe("");
    halves.push(lower, upper);
  }
  expect(python("-c", CHECK, ...halves)).toBe("checked 8\n");
}, 240_000);
