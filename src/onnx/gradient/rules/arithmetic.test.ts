import { describe, it } from "vitest";
import { checkGradient, type GradientCase } from "../../../../test/support/check-gradient.js";
import { attr, constant, type GraphBuilder } from "../../index.js";

const weight = (graph: GraphBuilder, name: string, values: readonly number[], shape: readonly number[]) =>
  graph.initializer(name, constant(Float32Array.from(values), shape));

/** f(x) of one operator. */
const unary = (opType: string, value?: GradientCase["value"]): GradientCase => ({
  shape: [2, 5],
  ...(value ? { value } : {}),
  build: (graph, x) => graph.node(opType, [x]),
});

const above0 = (random: number) => 1.2 + random;
/** Away from 0, where there is no slope. */
const notNear0 = (random: number) => random + Math.sign(random) * 0.1;

describe("gradients of functions of one value", () => {
  for (const opType of ["Neg", "Exp", "Erf", "Sin", "Cos"]) it(opType, () => checkGradient(unary(opType)));
  for (const opType of ["Sqrt", "Log", "Reciprocal"]) it(opType, () => checkGradient(unary(opType, above0)));
  it("Abs", () => checkGradient(unary("Abs", notNear0)));
});

describe("gradients of Add, Sub, Mul and Div", () => {
  for (const opType of ["Add", "Sub", "Mul", "Div"]) {
    it(`${opType} with a constant on either side`, async () => {
      for (const first of [true, false])
        await checkGradient({
          shape: [2, 3],
          value: above0,
          build(graph, x) {
            const w = weight(graph, "w", [0.5, -2, 3], [3]);
            return graph.node(opType, first ? [x, w] : [w, x]);
          },
        });
    });

    it(`${opType} of two values that depend on the input, each spread over the other`, () =>
      checkGradient({
        shape: [2, 3, 1],
        value: above0,
        build(graph, x) {
          const other = graph.node("Transpose", [x], { attributes: { perm: attr.ints([2, 1, 0]) } });
          const row = graph.node("Reshape", [other, graph.initializer("row", constant(BigInt64Array.of(3n, 2n), [2]))]);
          // [2, 3, 1] with [3, 2]: an axis less, and an extent of 1.
          return graph.node(opType, [row, x]);
        },
      }));

    it(`${opType} of a value with itself`, () =>
      checkGradient({
        shape: [4],
        value: above0,
        build: (graph, x) => graph.node(opType, [graph.node("Mul", [x, x]), x]),
      }));
  }

  it("Sum of three", () =>
    checkGradient({
      shape: [3, 2],
      build: (graph, x) => graph.node("Sum", [x, weight(graph, "w", [1, 2], [2]), graph.node("Exp", [x])]),
    }));

  it("shapes that are open in the model", () =>
    checkGradient({
      shape: [2, 3, 4],
      declared: ["a", "b", "c"],
      build(graph, x) {
        const mean = graph.node("ReduceMean", [x], { attributes: { axes: attr.ints([1]), keepdims: attr.int(0) } });
        return graph.node("Mul", [
          x,
          graph.node("Unsqueeze", [mean, graph.initializer("one", constant(BigInt64Array.of(1n), [1]))]),
        ]);
      },
    }));
});

describe("gradients of Pow", () => {
  for (const exponent of [2, 1, 3, 0.5, -1.5])
    it(`x^${exponent}`, () =>
      checkGradient({
        shape: [5],
        value: above0,
        build: (graph, x) => graph.node("Pow", [x, weight(graph, "p", [exponent], [])]),
      }));

  it("of numbers below 0 and at 0", () =>
    checkGradient({
      shape: [4],
      value: (random, index) => (index === 0 ? 0 : random - 1),
      build: (graph, x) => graph.node("Pow", [x, weight(graph, "p", [3], [])]),
    }));

  it("an exponent for each value, 0 among them", () =>
    checkGradient({
      shape: [2, 3],
      value: (random, index) => (index === 2 ? 0 : above0(random)),
      build: (graph, x) => graph.node("Pow", [x, weight(graph, "p", [2, -1, 0], [3])]),
    }));

  it("exponents of another type", () =>
    checkGradient({
      shape: [3],
      value: above0,
      build: (graph, x) => graph.node("Pow", [x, graph.initializer("p", constant(BigInt64Array.of(2n, 3n, -1n), [3]))]),
    }));

  it("by the exponent, with 0 as a base", () =>
    checkGradient({
      shape: [3],
      value: above0,
      build: (graph, x) => graph.node("Pow", [weight(graph, "b", [0, 0.5, 3], [3]), x]),
    }));
});
