import { describe, it } from "vitest";
import { checkGradient } from "../../../../test/support/check-gradient.js";
import { attr, constant, type GraphBuilder } from "../../index.js";

/** Numbers around a centre, no two alike. */
const list = (graph: GraphBuilder, name: string, count: number, centre: number, shape: readonly number[] = [count]) =>
  graph.initializer(
    name,
    constant(
      Float32Array.from({ length: count }, (_, i) => centre + Math.sin(i + 1) / 2),
      shape,
    ),
  );

describe("gradients of norms", () => {
  for (const [axis, shape] of [
    [-1, [5]],
    [1, [3, 5]],
    [0, [2, 3, 5]],
  ] as const)
    it(`LayerNormalization from axis ${axis} on`, () =>
      checkGradient({
        shape: [2, 3, 5],
        build(graph, x) {
          const count = shape.reduce<number>((a, b) => a * b, 1);
          const inputs = [x, list(graph, "scale", count, 1, shape), list(graph, "shift", count, 0, shape)];
          return graph.node("LayerNormalization", inputs, { attributes: { axis: attr.int(axis) } });
        },
      }));

  it("LayerNormalization without a shift, of numbers as small as epsilon", () =>
    checkGradient({
      shape: [2, 5],
      opset: 18,
      value: (random) => 0.03 * random,
      build: (graph, x) =>
        graph.node("LayerNormalization", [x, list(graph, "scale", 5, 1)], {
          attributes: { epsilon: attr.float(1e-3) },
        }),
    }));

  it("the same in ReduceMean, Sub, Pow, Sqrt and Div, as before opset 17", () =>
    checkGradient({
      shape: [2, 5],
      opset: 13,
      build(graph, x) {
        const scalar = (name: string, value: number) => graph.initializer(name, constant(Float32Array.of(value), []));
        const mean = (of: string) => graph.node("ReduceMean", [of], { attributes: { axes: attr.ints([-1]) } });
        const centred = graph.node("Sub", [x, mean(x)]);
        const variance = mean(graph.node("Pow", [centred, scalar("two", 2)]));
        const deviation = graph.node("Sqrt", [graph.node("Add", [variance, scalar("epsilon", 1e-5)])]);
        return graph.node("Div", [centred, deviation]);
      },
    }));

  for (const shape of [
    [2, 3, 6],
    [1, 2, 3, 4],
  ])
    it(`InstanceNormalization of [${shape.join(", ")}]`, () =>
      checkGradient({
        shape,
        build(graph, x) {
          const inputs = [x, list(graph, "scale", shape[1]!, 1), list(graph, "shift", shape[1]!, 0)];
          return graph.node("InstanceNormalization", inputs, { attributes: { epsilon: attr.float(1e-2) } });
        },
      }));

  for (const [opset, shape] of [
    [13, [2, 3, 4]],
    [15, [2, 3]],
    [21, [1, 3, 2, 2]],
  ] as const)
    it(`BatchNormalization of opset ${opset}, ${shape.length} dimensions`, () =>
      checkGradient({
        shape,
        opset,
        build(graph, x) {
          const inputs = [x, ...["scale", "shift", "mean", "variance"].map((name) => list(graph, name, 3, 1))];
          return graph.node("BatchNormalization", inputs, { attributes: { epsilon: attr.float(1e-3) } });
        },
      }));
});
