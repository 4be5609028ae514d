import { describe, it } from "vitest";
import { checkGradient, type GradientCase } from "../../../../test/support/check-gradient.js";
import { type Attribute, attr, constant } from "../../index.js";

const activation = (
  opType: string,
  attributes: Record<string, Attribute> = {},
  further: Partial<GradientCase> = {},
): GradientCase => ({
  shape: [2, 4, 3],
  // Away from 0, where Relu has no slope.
  value: (random) => 2 * random + Math.sign(random) * 0.01,
  build: (graph, x) => graph.node(opType, [x], { attributes }),
  ...further,
});

describe("gradients of activations", () => {
  for (const opType of ["Relu", "Sigmoid", "Tanh", "LeakyRelu"]) it(opType, () => checkGradient(activation(opType)));
  it("LeakyRelu with another slope", () => checkGradient(activation("LeakyRelu", { alpha: attr.float(0.3) })));

  for (const approximate of ["none", "tanh"])
    it(`Gelu (${approximate})`, () =>
      checkGradient(activation("Gelu", { approximate: attr.string(approximate) }, { opset: 20 })));

  it("GELU in the five operators of exporters", () =>
    checkGradient({
      shape: [3, 4],
      build(graph, x) {
        const scalar = (name: string, value: number) => graph.initializer(name, constant(Float32Array.of(value), []));
        const erf = graph.node("Erf", [graph.node("Div", [x, scalar("root", Math.SQRT2)])]);
        const gated = graph.node("Mul", [x, graph.node("Add", [erf, scalar("one", 1)])]);
        return graph.node("Mul", [gated, scalar("half", 0.5)]);
      },
    }));

  for (const opType of ["Softmax", "LogSoftmax"]) {
    for (const axis of [-1, 0, 1])
      it(`${opType} along axis ${axis}`, () => checkGradient(activation(opType, { axis: attr.int(axis) })));
    it(`${opType} of opset 13, along the last axis by default`, () =>
      checkGradient(activation(opType, {}, { opset: 13 })));
  }

  it("Clip with both bounds, and with one", async () => {
    for (const bounds of [["low", "high"], ["low"], ["", "high"]])
      await checkGradient({
        ...activation("Clip"),
        build(graph, x) {
          graph.initializer("low", constant(Float32Array.of(-0.5), []));
          graph.initializer("high", constant(Float32Array.of(0.75), []));
          return graph.node("Clip", [x, ...bounds]);
        },
      });
  });
});
