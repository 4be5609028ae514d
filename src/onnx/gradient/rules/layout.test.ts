import { describe, it } from "vitest";
import { checkGradient, type GradientCase } from "../../../../test/support/check-gradient.js";
import { attr, constant, DATA_TYPE, type GraphBuilder, int64 } from "../../index.js";

/** One operator with lists of int64 behind the value. */
const withInts =
  (opType: string, ...lists: number[][]) =>
  (graph: GraphBuilder, x: string) =>
    graph.node(opType, [x, ...lists.map((list, i) => graph.initializer(`ints${i}`, int64(list)))]);

const CASES: Record<string, Pick<GradientCase, "shape" | "build"> & Partial<GradientCase>> = {
  "Reshape with a copied and an open extent": { shape: [2, 3, 4], build: withInts("Reshape", [0, -1]) },
  "Reshape of an open shape": { shape: [2, 3, 4], declared: ["n", 3, "t"], build: withInts("Reshape", [-1, 6]) },
  "Squeeze of some axes": { shape: [1, 3, 1, 2], build: withInts("Squeeze", [-2]) },
  "Squeeze of all it can": { shape: [1, 3, 1, 2], opset: 13, build: (graph, x) => graph.node("Squeeze", [x]) },
  Unsqueeze: { shape: [3, 2], build: withInts("Unsqueeze", [0, -1]) },
  Flatten: {
    shape: [2, 3, 4],
    build: (graph, x) => graph.node("Flatten", [x], { attributes: { axis: attr.int(-1) } }),
  },
  "Transpose by a permutation": {
    shape: [2, 3, 4],
    build: (graph, x) => graph.node("Transpose", [x], { attributes: { perm: attr.ints([1, 2, 0]) } }),
  },
  "Transpose of all axes": { shape: [2, 3, 4], build: (graph, x) => graph.node("Transpose", [x]) },
  "Expand to more axes": { shape: [3, 1], build: withInts("Expand", [2, 1, 4]) },
  "Expand of an open shape": { shape: [3, 1], declared: ["n", "one"], build: withInts("Expand", [2, 3, 4]) },
  Identity: { shape: [3], build: (graph, x) => graph.node("Identity", [graph.node("Identity", [x])]) },
  Dropout: { shape: [3], build: (graph, x) => graph.node("Dropout", [x]) },
  Tile: { shape: [2, 3], build: withInts("Tile", [2, 3]) },
};

describe("gradients of what only moves numbers", () => {
  for (const [name, one] of Object.entries(CASES))
    it(name, () =>
      checkGradient({
        ...one,
        // A curve behind it, so that the order of the gradient matters.
        build: (graph, x) => graph.node("Tanh", [one.build(graph, x)]),
      }),
    );

  it("a shape computed from the value's own, as exporters write it", () =>
    checkGradient({
      shape: [2, 3, 4],
      declared: ["n", 3, 4],
      build(graph, x) {
        const zero = graph.initializer("zero", int64([0], []));
        const first = graph.node("Gather", [graph.node("Shape", [x]), zero]);
        const axis = graph.initializer("axis", int64([0]));
        const parts = [graph.node("Unsqueeze", [first, axis]), graph.initializer("rest", int64([12]))];
        const shape = graph.node("Concat", parts, { attributes: { axis: attr.int(0) } });
        return graph.node("Tanh", [graph.node("Reshape", [x, shape])]);
      },
    }));

  it("Cast there and back", () =>
    checkGradient({
      shape: [3],
      build(graph, x) {
        const to = (type: keyof typeof DATA_TYPE) => ({ attributes: { to: attr.int(DATA_TYPE[type]) } });
        const double = graph.node("Cast", [x], to("float64"));
        return graph.node("Cast", [graph.node("Mul", [double, double])], to("float32"));
      },
    }));

  it("nothing flows through a Cast to whole numbers", () =>
    checkGradient({
      shape: [3],
      value: (random) => 0.3 + 0.1 * random,
      build(graph, x) {
        const whole = graph.node("Cast", [x], { attributes: { to: attr.int(DATA_TYPE.int64) } });
        const back = graph.node("Cast", [whole], { attributes: { to: attr.int(DATA_TYPE.float32) } });
        return graph.node("Mul", [
          x,
          graph.node("Add", [back, graph.initializer("w", constant(Float32Array.of(2), []))]),
        ]);
      },
    }));
});
