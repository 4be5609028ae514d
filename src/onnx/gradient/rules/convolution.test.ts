import { describe, it } from "vitest";
import { checkGradient } from "../../../../test/support/check-gradient.js";
import { seeded } from "../../../../test/support/seeded.js";
import { type Attribute, attr, constant, int64 } from "../../index.js";

interface ConvCase {
  readonly name: string;
  readonly x: readonly number[];
  readonly weight: readonly number[];
  readonly attributes?: Record<string, Attribute>;
  readonly bias?: boolean;
}

const ints = attr.ints;

const CASES: readonly ConvCase[] = [
  { name: "1-D", x: [1, 2, 7], weight: [3, 2, 3], bias: true },
  { name: "two windows at once", x: [2, 2, 6], weight: [3, 2, 2] },
  { name: "stride that leaves a sample over", x: [1, 1, 8], weight: [2, 1, 3], attributes: { strides: ints([2]) } },
  { name: "stride above the kernel", x: [1, 1, 10], weight: [2, 1, 2], attributes: { strides: ints([4]) } },
  { name: "uneven pads", x: [1, 2, 5], weight: [2, 2, 4], attributes: { pads: ints([1, 2]), strides: ints([2]) } },
  { name: "dilation", x: [1, 1, 9], weight: [1, 1, 3], attributes: { dilations: ints([3]), pads: ints([2, 2]) } },
  { name: "groups", x: [1, 4, 6], weight: [6, 2, 3], attributes: { group: attr.int(2) }, bias: true },
  { name: "depthwise", x: [1, 3, 6], weight: [3, 1, 3], attributes: { group: attr.int(3), pads: ints([1, 1]) } },
  { name: "same, more behind", x: [1, 1, 7], weight: [1, 1, 4], attributes: { auto_pad: attr.string("SAME_UPPER") } },
  {
    name: "same, more before, with stride",
    x: [1, 1, 8],
    weight: [1, 1, 3],
    attributes: { auto_pad: attr.string("SAME_LOWER"), strides: ints([2]) },
  },
  { name: "valid", x: [1, 1, 6], weight: [1, 1, 3], attributes: { auto_pad: attr.string("VALID") } },
  { name: "2-D, one row", x: [1, 1, 2, 9], weight: [2, 1, 1, 3], attributes: { strides: ints([1, 2]) }, bias: true },
  {
    name: "2-D with everything",
    x: [1, 4, 7, 6],
    weight: [2, 2, 3, 2],
    attributes: {
      kernel_shape: ints([3, 2]),
      strides: ints([2, 3]),
      dilations: ints([1, 2]),
      pads: ints([1, 0, 2, 1]),
      group: attr.int(2),
    },
    bias: true,
  },
];

describe("gradients of Conv", () => {
  for (const { name, x: shape, weight, attributes = {}, bias = false } of CASES)
    it(name, () =>
      checkGradient({
        shape,
        build(graph, x) {
          const random = seeded(5);
          const numbers = (count: number) => Float32Array.from({ length: count }, () => 2 * random() - 1);
          const count = weight.reduce((a, b) => a * b, 1);
          const w = graph.initializer("w", constant(numbers(count), weight));
          const b = bias ? [graph.initializer("b", constant(numbers(weight[0]!), [weight[0]!]))] : [];
          return graph.node("Conv", [x, w, ...b], { attributes });
        },
      }),
    );

  it("behind a Pad of its own, which ONNX Runtime merges with it", () =>
    checkGradient({
      shape: [1, 2, 5],
      build(graph, x) {
        const padded = graph.node("Pad", [x, graph.initializer("pads", int64([0, 0, 1, 0, 0, 2]))]);
        const w = graph.initializer("w", constant(Float32Array.of(1, -2, 3, 0.5), [1, 2, 2]));
        return graph.node("Conv", [padded, w], { attributes: { strides: ints([2]) } });
      },
    }));
});
