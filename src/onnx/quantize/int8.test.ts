import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { afterAll, describe, expect, it } from "vitest";
import { toFloat16 } from "../../bundle/half.js";
import {
  type Attribute,
  attr,
  constant,
  encodeModel,
  GraphBuilder,
  type Model,
  readModel,
  writeModel,
} from "../index.js";
import { quantizeProducts } from "./int8.js";

const folder = mkdtempSync(join(tmpdir(), "biox-int8-"));
afterAll(() => rmSync(folder, { recursive: true }));

const [ROWS, COLUMNS, TOKENS] = [128, 32, 5];

/** Numbers of a fixed pseudo-random sequence in -1..1. */
function noise(length: number, seed: number): Float32Array {
  let state = seed;
  return Float32Array.from({ length }, () => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return state / 1073741824 - 1;
  });
}

const W = noise(ROWS * COLUMNS, 1);
const FLIPPED = Float32Array.from(W, (_, i) => W[(i % ROWS) * COLUMNS + Math.floor(i / ROWS)]!);

/** A graph that begins with x [TOKENS, ROWS] and the weight `w`, and ends in y [TOKENS, COLUMNS]. */
function model(build: (graph: GraphBuilder) => void, opset = 17): Uint8Array {
  const graph = new GraphBuilder("g");
  graph.input("x", "float32", [TOKENS, ROWS]);
  build(graph);
  graph.output("y", "float32", [TOKENS, COLUMNS]);
  return encodeModel(graph, { opset });
}

const product = (
  graph: GraphBuilder,
  weight: string,
  op = "MatMul",
  attributes: Record<string, Attribute> = {},
  more: string[] = [],
) => graph.node(op, ["x", weight, ...more], { outputs: ["y"], attributes });
const plain = (graph: GraphBuilder) => graph.initializer("w", constant(W, [ROWS, COLUMNS]));
const flipped = (graph: GraphBuilder) => graph.initializer("w", constant(FLIPPED, [COLUMNS, ROWS]));
const bias = (graph: GraphBuilder) => graph.initializer("b", constant(noise(COLUMNS, 5), [COLUMNS]));

function quantized(onnx: Uint8Array): { model: Model; ops: string[]; tensors: number } {
  const changed = readModel(onnx);
  const { tensors } = quantizeProducts(changed, "x.onnx");
  return { model: changed, tensors, ops: changed.graph!.node.map(({ opType }) => opType) };
}

async function run(onnx: Uint8Array, x = noise(TOKENS * ROWS, 9)): Promise<Float32Array> {
  const session = await InferenceSession.create(onnx, { intraOpNumThreads: 1, logSeverityLevel: 3 });
  const { y } = await session.run({ x: new Tensor("float32", x, [TOKENS, ROWS]) });
  await session.release();
  return y!.data as Float32Array;
}

/**
 * The most that rounding can change in x W: half a step of x and half a step of W in each of the ROWS products, for |x|
 * and |W| of at most 1, when x has 255 steps from -1 to 1 and W 63.75 from 0 to 1.
 */
const BOUND = ROWS * (1 / 255 + 0.5 / 63.75 + 1 / 255 / 63.75);

async function expectNear(onnx: Uint8Array, changed: Model, factor = 1): Promise<void> {
  const [before, after] = [await run(onnx), await run(writeModel(changed))];
  let worst = 0;
  for (const [i, value] of before.entries()) worst = Math.max(worst, Math.abs(value - after[i]!));
  expect(worst).toBeGreaterThan(0);
  expect(worst).toBeLessThan(factor * BOUND);
}

const INT8 = ["DynamicQuantizeLinear", "MatMulInteger", "Cast", "Mul", "Mul"];

describe("quantizeProducts", () => {
  it.each<[string, (graph: GraphBuilder) => void, string[], number?]>([
    ["MatMul", (g) => product(g, plain(g)), INT8],
    ["Gemm", (g) => product(g, plain(g), "Gemm"), INT8],
    [
      "Gemm of a transpose with bias",
      (g) => product(g, flipped(g), "Gemm", { transB: attr.int(1) }, [bias(g)]),
      [...INT8, "Add"],
    ],
    ["Gemm with a factor", (g) => product(g, plain(g), "Gemm", { alpha: attr.float(3) }), INT8, 3],
    ["a weight behind Identity", (g) => product(g, g.node("Identity", [plain(g)])), INT8],
    ["a weight behind Transpose", (g) => product(g, g.node("Transpose", [flipped(g)])), INT8],
    [
      "a weight behind Transpose that says so",
      (g) => product(g, g.node("Transpose", [flipped(g)], { attributes: { perm: attr.ints([1, 0]) } })),
      INT8,
    ],
    [
      "a Constant node",
      (g) => product(g, g.node("Constant", [], { attributes: { value: attr.tensor(constant(W, [ROWS, COLUMNS])) } })),
      INT8,
    ],
    [
      "a weight stored as float16",
      (g) => {
        const half = g.initializer("w", constant(Uint16Array.from(W, toFloat16), [ROWS, COLUMNS]));
        product(g, g.node("Cast", [half], { attributes: { to: attr.int(1) } }));
      },
      INT8,
    ],
  ])("computes %s in int8 and leaves nothing behind", async (_, build, expected, factor) => {
    const onnx = model(build);
    const { model: changed, tensors, ops } = quantized(onnx);
    expect(tensors).toBe(1);
    expect(ops).toEqual(expected);
    const sizes = changed.graph!.initializer.map(({ rawData }) => rawData.length);
    expect(Math.max(...sizes)).toBe(ROWS * COLUMNS);
    await expectNear(onnx, changed, factor);
  });

  it("rounds an activation once that several products share, and a weight that several products share", async () => {
    const onnx = model((g) => {
      const w = plain(g);
      g.initializer("v", constant(noise(ROWS * COLUMNS, 3), [ROWS, COLUMNS]));
      const sum = g.node("Add", [g.node("MatMul", ["x", w]), g.node("MatMul", ["x", "v"])]);
      g.node("Add", [sum, g.node("MatMul", ["x", w])], { outputs: ["y"] });
    });
    const { model: changed, ops } = quantized(onnx);
    expect(ops.filter((op) => op === "DynamicQuantizeLinear")).toHaveLength(1);
    expect(ops.filter((op) => op === "MatMulInteger")).toHaveLength(3);
    expect(changed.graph!.initializer.filter(({ rawData }) => rawData.length === ROWS * COLUMNS)).toHaveLength(2);
    await expectNear(onnx, changed, 3);
  });

  it("keeps a weight that something else uses, too", () => {
    const onnx = model((g) => {
      const w = plain(g);
      g.node("MatMul", ["x", w], { outputs: ["y"] });
      g.output(g.node("Relu", [w]), "float32", [ROWS, COLUMNS]);
    });
    expect(quantized(onnx).model.graph!.initializer.map(({ name }) => name)).toContain("w");
  });

  it.each<[string, (graph: GraphBuilder) => void]>([
    ["products of activations", (g) => product(g, g.node("Transpose", [g.node("Slice", ["x"])]))],
    ["small matrices", (g) => product(g, g.initializer("w", constant(noise(4095, 1), [63, 65])))],
    ["Gemm of a transposed activation", (g) => product(g, plain(g), "Gemm", { transA: attr.int(1) })],
    ["Gemm with a factor of the bias", (g) => product(g, plain(g), "Gemm", { beta: attr.float(2) }, [bias(g)])],
    ["stacks of matrices", (g) => product(g, g.initializer("w", constant(W, [2, ROWS / 2, COLUMNS])))],
    ["float16 without a Cast", (g) => product(g, g.initializer("w", constant(new Uint16Array(4096), [128, 32])))],
  ])("leaves %s alone", (_, build) => {
    const onnx = model(build);
    const { model: changed, tensors } = quantized(onnx);
    expect(tensors).toBe(0);
    expect(writeModel(changed)).toEqual(onnx);
  });

  it("leaves weights alone that are not finite, and says so", () => {
    const broken = W.slice();
    broken[7] = Number.NaN;
    const changed = readModel(model((g) => product(g, g.initializer("w", constant(broken, [ROWS, COLUMNS])))));
    expect(quantizeProducts(changed, "x.onnx")).toEqual({
      tensors: 0,
      kept: [{ name: "w", reason: "holds numbers that are not finite" }],
    });
  });

  it("ends on a constant that is made of itself, and refuses a tensor shorter than its shape and an old opset", () => {
    const circle = readModel(model((g) => product(g, g.node("Identity", [plain(g)], { outputs: ["v"] }))));
    circle.graph!.initializer = [];
    circle.graph!.node[0]!.input = ["v"];
    expect(quantizeProducts(circle, "x.onnx").tensors).toBe(0);
    const short = readModel(model((g) => product(g, plain(g))));
    short.graph!.initializer[0]!.dims = [128n, 33n];
    expect(() => quantizeProducts(short, "x.onnx")).toThrow("Tensor 'w' of shape [128, 33] holds 4096 numbers.");
    const old = readModel(model((g) => product(g, plain(g)), 10));
    expect(() => quantizeProducts(old, "x.onnx")).toThrow("x.onnx is of opset 10, but int8 needs opset 11 or newer.");
  });

  it("gives new values names that no other value has", async () => {
    const onnx = model((g) => {
      g.initializer("x_uint8", constant(Float32Array.of(1), []));
      g.node("Mul", [g.node("MatMul", ["x", plain(g)]), "x_uint8"], { outputs: ["y"] });
    });
    await expectNear(onnx, quantized(onnx).model);
  });

  it("is written so that ONNX Runtime makes one operator of it, bias included", async () => {
    const onnx = model((g) => {
      const w = plain(g);
      const other = g.node("MatMul", ["x", g.initializer("v", constant(noise(ROWS * COLUMNS, 3), [ROWS, COLUMNS]))]);
      const biased = g.node("Add", [g.node("MatMul", ["x", w]), bias(g)]);
      g.node("Add", [biased, other], { outputs: ["y"] });
    });
    const merged = join(folder, "merged.onnx");
    const session = await InferenceSession.create(writeModel(quantized(onnx).model), {
      optimizedModelFilePath: merged,
      logSeverityLevel: 3,
    });
    await session.release();
    const ops = readModel(readFileSync(merged)).graph!.node.map(({ opType }) => opType);
    expect(ops.sort()).toEqual(["Add", "DynamicQuantizeLinear", "MatMulIntegerToFloat", "MatMulIntegerToFloat"]);
  });
});
