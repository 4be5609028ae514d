import { describe, it } from "vitest";
import { checkGradient } from "../../../../test/support/check-gradient.js";
import { seeded } from "../../../../test/support/seeded.js";
import { attr, constant, type GraphBuilder, int64 } from "../../index.js";

function weight(graph: GraphBuilder, shape: readonly number[], name = "w"): string {
  const random = seeded(3);
  const count = shape.reduce((a, b) => a * b, 1);
  return graph.initializer(
    name,
    constant(
      Float32Array.from({ length: count }, () => 2 * random() - 1),
      shape,
    ),
  );
}

describe("gradients of MatMul", () => {
  const withConstant: [name: string, x: number[], w: number[], first: boolean][] = [
    ["a matrix with a constant", [3, 4], [4, 2], true],
    ["a constant with a matrix", [4, 2], [3, 4], false],
    ["a stack with a matrix", [2, 3, 4], [4, 2], true],
    ["a matrix with a stack", [3, 4], [2, 4, 2], true],
    ["stacks, spread over one another", [2, 1, 3, 4], [3, 4, 2], true],
    ["a vector with a matrix", [4], [4, 2], true],
    ["a matrix with a vector", [3, 4], [4], true],
    ["a vector with a stack", [4], [2, 4, 3], true],
    ["a stack with a vector", [2, 3, 4], [4], true],
    ["a vector behind a stack", [4], [2, 3, 4], false],
    ["vectors", [4], [4], true],
  ];
  for (const [name, shape, w, first] of withConstant)
    it(name, () =>
      checkGradient({
        shape,
        build: (graph, x) => graph.node("MatMul", first ? [x, weight(graph, w)] : [weight(graph, w), x]),
      }),
    );

  it("both sides from the input, as in attention", () =>
    checkGradient({
      shape: [2, 3, 4],
      build(graph, x) {
        const keys = graph.node("Transpose", [x], { attributes: { perm: attr.ints([0, 2, 1]) } });
        const scores = graph.node("Softmax", [graph.node("MatMul", [x, keys])]);
        return graph.node("MatMul", [scores, x]);
      },
    }));

  it("in a model of open shapes", () =>
    checkGradient({
      shape: [2, 3, 4],
      declared: ["n", "t", 4],
      build(graph, x) {
        const w = weight(graph, [1, 4, 4]);
        const keys = graph.node("Transpose", [x], { attributes: { perm: attr.ints([0, 2, 1]) } });
        return graph.node("MatMul", [graph.node("MatMul", [x, w]), keys]);
      },
    }));
});

describe("gradients of Gemm", () => {
  for (const transA of [0, 1])
    for (const transB of [0, 1])
      for (const place of ["A", "B", "C"])
        it(`by ${place}, transA ${transA}, transB ${transB}, with alpha and beta`, () =>
          checkGradient({
            shape: { A: transA ? [4, 3] : [3, 4], B: transB ? [2, 4] : [4, 2], C: [1, 2] }[place]!,
            build(graph, x) {
              const side = (name: string, shape: number[]) => (name === place ? x : weight(graph, shape, name));
              const inputs = [side("A", transA ? [4, 3] : [3, 4]), side("B", transB ? [2, 4] : [4, 2]), side("C", [2])];
              const attributes = {
                transA: attr.int(transA),
                transB: attr.int(transB),
                alpha: attr.float(0.5),
                beta: attr.float(-2),
              };
              return graph.node("Gemm", inputs, { attributes });
            },
          }));

  it("of a value with itself, without C", () =>
    checkGradient({ shape: [3, 3], opset: 13, build: (graph, x) => graph.node("Gemm", [x, x]) }));

  it("behind a reshape that copies an extent", () =>
    checkGradient({
      shape: [2, 3, 2],
      build(graph, x) {
        const flat = graph.node("Reshape", [x, graph.initializer("shape", int64([0, -1]))]);
        return graph.node("Gemm", [flat, weight(graph, [6, 2])]);
      },
    }));
});
