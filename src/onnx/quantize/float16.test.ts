import { InferenceSession, Tensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { fromFloat16, toFloat16 } from "../../bundle/half.js";
import { attr, constant, encodeModel, GraphBuilder, type Model, readModel, writeModel } from "../index.js";
import { storeFloat16 } from "./float16.js";

const SIZE = 4096;
const ramp = Float32Array.from({ length: SIZE }, (_, i) => (i - 300) / 7);
const rounded = ramp.map((value) => fromFloat16(toFloat16(value)));

async function run(model: Model): Promise<Float32Array> {
  const session = await InferenceSession.create(writeModel(model), { intraOpNumThreads: 1, logSeverityLevel: 3 });
  const { y } = await session.run({ x: new Tensor("float32", new Float32Array(SIZE), [SIZE]) });
  await session.release();
  return y!.data as Float32Array;
}

function sum(weight: (graph: GraphBuilder) => string): Model {
  const graph = new GraphBuilder("g");
  graph.input("x", "float32", [SIZE]);
  graph.node("Add", ["x", weight(graph)], { outputs: ["y"] });
  graph.output("y", "float32", [SIZE]);
  return readModel(encodeModel(graph));
}

describe("storeFloat16", () => {
  it.each<[string, (graph: GraphBuilder) => string]>([
    ["initializer", (g) => g.initializer("w", constant(ramp, [SIZE]))],
    ["Constant node", (g) => g.node("Constant", [], { attributes: { value: attr.tensor(constant(ramp, [SIZE])) } })],
  ])("stores an %s in half the space, and the graph computes with its float16 values", async (_, weight) => {
    const model = sum(weight);
    const before = writeModel(model).length;
    const name = model.graph!.node.at(-1)!.input[1]!;
    expect(storeFloat16(model)).toEqual({ tensors: 1, kept: [] });
    expect(before - writeModel(model).length).toBeGreaterThan(2 * SIZE - 100);
    expect(model.graph!.node.map(({ opType, output }) => [opType, ...output])).toEqual([
      ["Cast", name],
      ["Add", "y"],
    ]);
    expect(await run(model)).toEqual(rounded);
  });

  it("does so in bodies, too", async () => {
    const graph = new GraphBuilder("g");
    graph.input("x", "float32", [SIZE]);
    graph.initializer("go", constant(Uint8Array.of(1), [], "bool"));
    const [yes, no] = [graph.subgraph("yes"), graph.subgraph("no")];
    yes.initializer("w", constant(ramp, [SIZE]));
    yes.node("Add", ["x", "w"], { outputs: ["a"] });
    yes.output("a", "float32", [SIZE]);
    no.node("Identity", ["x"], { outputs: ["b"] });
    no.output("b", "float32", [SIZE]);
    graph.node("If", ["go"], {
      outputs: ["y"],
      attributes: { then_branch: attr.graph(yes), else_branch: attr.graph(no) },
    });
    graph.output("y", "float32", [SIZE]);
    const model = readModel(encodeModel(graph));
    expect(storeFloat16(model).tensors).toBe(1);
    expect(await run(model)).toEqual(rounded);
  });

  it("leaves float32 what float16 cannot hold, and says so; 65504 it can", () => {
    const largest = ramp.slice();
    largest[0] = -65504;
    expect(storeFloat16(sum((g) => g.initializer("w", constant(largest, [SIZE])))).tensors).toBe(1);
    for (const value of [65505, -1e9, Number.POSITIVE_INFINITY, Number.NaN]) {
      largest[0] = value;
      const model = sum((g) => g.initializer("w", constant(largest, [SIZE])));
      const before = writeModel(model);
      const reason = "holds numbers beyond 65504";
      expect(storeFloat16(model)).toEqual({ tensors: 0, kept: [{ name: "w", reason }] });
      expect(writeModel(model)).toEqual(before);
    }
  });

  it("leaves small tensors and other types alone", () => {
    const model = sum((g) => {
      const w = g.initializer("w", constant(new Float64Array(SIZE), [SIZE]));
      g.initializer("small", constant(ramp.subarray(1), [SIZE - 1]));
      return g.node("Cast", [w], { attributes: { to: attr.int(1) } });
    });
    const before = writeModel(model);
    expect(storeFloat16(model)).toEqual({ tensors: 0, kept: [] });
    expect(writeModel(model)).toEqual(before);
  });
});
