import { describe, expect, it } from "vitest";
import { attr, constant, encodeModel, GraphBuilder, int64 } from "../onnx/index.js";
import { Half } from "./half.js";

const WIDTH = 4;
const BATCH = 3;

/** A half of [batch or 1, 4] -> [.., 4] that doubles its input in the way given. */
function half(first: "batch" | 1, body: (graph: GraphBuilder) => string): Promise<Half> {
  const graph = new GraphBuilder("half");
  graph.input("x", "float32", [first, WIDTH]);
  graph.initializer("two", constant(Float32Array.of(2), []));
  graph.node("Mul", [body(graph), "two"], { outputs: ["y"] });
  graph.output("y", "float32", [first, WIDTH]);
  const spec = { role: "lower", file: "half.onnx", input: "x", output: "y", dtype: "float32", shape: [WIDTH] } as const;
  return Half.create(encodeModel(graph), spec, 1, BATCH);
}

async function expectDoubled(half: Half): Promise<void> {
  const input = half.input.all as Float32Array;
  for (const span of [
    { first: 0, count: 1 },
    { first: 2, count: 1 },
    { first: 0, count: 2 },
    { first: 0, count: BATCH },
  ]) {
    input.set(Float32Array.from(input, () => Math.random()));
    half.output.all.fill(-1);
    await half.run(span);
    const inside = (i: number): boolean => i >= span.first * WIDTH && i < (span.first + span.count) * WIDTH;
    expect([...half.output.all]).toEqual([...input].map((value, i) => (inside(i) ? 2 * value : -1)));
  }
  await half.release();
}

describe("several windows", () => {
  it("are one run where the first dimension is open", async () => {
    const open = await half("batch", () => "x");
    expect(open.joint).toBe(true);
    await expectDoubled(open);
  });

  it("are run one after another where it is 1", async () => {
    const fixed = await half(1, () => "x");
    expect(fixed.joint).toBe(false);
    await expectDoubled(fixed);
  });

  it("are run one after another where the graph holds the 1 that its input leaves open", async () => {
    const baked = await half("batch", (graph) => {
      graph.initializer("shape", int64([1, WIDTH]));
      return graph.node("Reshape", ["x", "shape"]);
    });
    expect(baked.joint).toBe(false);
    await expectDoubled(baked);
  });

  it("are run one after another where the graph would mix them", async () => {
    const mixing = await half("batch", (graph) =>
      // The largest of all windows: of one alone it is that window.
      graph.node("ReduceMax", ["x"], { attributes: { axes: attr.ints([0]), keepdims: attr.int(1) } }),
    );
    expect(mixing.joint).toBe(false);
    await expectDoubled(mixing);
  });

  it("are run one after another where they would change places", async () => {
    const flipped = await half("batch", (graph) => {
      graph.initializer("from", int64([-1]));
      graph.initializer("to", int64([-100]));
      graph.initializer("axis", int64([0]));
      graph.initializer("back", int64([-1]));
      return graph.node("Slice", ["x", "from", "to", "axis", "back"]);
    });
    expect(flipped.joint).toBe(false);
    await expectDoubled(flipped);
  });
});
