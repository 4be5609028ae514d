import { InferenceSession, Tensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import type { Attribute } from "../attribute.js";
import { attr, constant, encodeModel, GraphBuilder, int64, type Model, readModel, writeModel } from "../index.js";
import { makeTwoDimensional } from "./two-dimensional.js";

const [CHANNELS, TIME] = [6, 41];
/** Of float32, relative to the largest number. */
const ROUNDING = 1e-5;

const wave = (length: number, step = 1): Float32Array =>
  Float32Array.from({ length }, (_, i) => Math.sin((i + 1) * (i + 3) * step));

/** A graph x [1, 6, time] -> y, and what is done in between. */
interface Case {
  readonly opset?: number;
  readonly time?: number | string;
  /** Returns the value that becomes y. */
  body(net: Net): string;
}

/** Short ways to the nodes of the cases. */
class Net {
  readonly graph = new GraphBuilder("g");
  #count = 0;

  constant(shape: readonly number[], step = 0.7): string {
    const values = wave(
      shape.reduce((a, b) => a * b, 1),
      step,
    );
    return this.graph.initializer(`c${this.#count++}`, constant(values, shape));
  }

  ints(values: readonly number[]): string {
    return this.graph.initializer(`i${this.#count++}`, int64(values));
  }

  node(opType: string, inputs: readonly string[], attributes: Readonly<Record<string, Attribute>> = {}): string {
    return this.graph.node(opType, inputs, { attributes });
  }

  conv(x: string, attributes: Readonly<Record<string, Attribute>> = {}, group = 1, to = CHANNELS): string {
    const weight = this.constant([to, CHANNELS / group, 3]);
    return this.node("Conv", [x, weight, this.constant([to])], { ...attributes, group: attr.int(group) });
  }
}

function build({ opset = 17, time = TIME, body }: Case): Uint8Array {
  const net = new Net();
  net.graph.input("x", "float32", [1, CHANNELS, time]);
  net.graph.node("Identity", [body(net)], { outputs: ["y"] });
  net.graph.output("y", "float32", ["a", "b", "c"]);
  return encodeModel(net.graph, { opset });
}

async function run(onnx: Uint8Array, time: number): Promise<{ data: Float32Array; dims: readonly number[] }> {
  const session = await InferenceSession.create(onnx, { intraOpNumThreads: 1, logSeverityLevel: 3 });
  try {
    const x = new Tensor("float32", wave(CHANNELS * time, 0.3), [1, CHANNELS, time]);
    const { y } = await session.run({ x }, ["y"]);
    return { data: y!.data as Float32Array, dims: y!.dims };
  } finally {
    await session.release();
  }
}

async function expectSame(before: Uint8Array, after: Uint8Array, time = TIME): Promise<void> {
  const [old, fresh] = [await run(before, time), await run(after, time)];
  expect(fresh.dims).toEqual(old.dims);
  const largest = old.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  expect(largest).toBeGreaterThan(0);
  for (const [i, value] of old.data.entries())
    expect(Math.abs(value - fresh.data[i]!)).toBeLessThanOrEqual(ROUNDING * largest);
}

const operators = (model: Model): string[] => model.graph!.node.map(({ opType }) => opType);

/** The model rewritten, checked against ONNX Runtime, with the number of operators that were to become two-dimensional. */
async function rewritten(it: Case, count: number): Promise<Model> {
  const onnx = build(it);
  const model = readModel(onnx);
  expect(makeTwoDimensional(model)).toBe(count);
  await expectSame(onnx, writeModel(model));
  return model;
}

const [k3, s2] = [attr.ints([3]), attr.ints([2])];

const SINGLE: Record<string, (net: Net) => string> = {
  "Conv of nothing but weights": (net) => net.conv("x"),
  "Conv with uneven pads": (net) => net.conv("x", { kernel_shape: k3, pads: attr.ints([2, 1]) }),
  "Conv with strides and dilations": (net) => net.conv("x", { strides: s2, dilations: attr.ints([3]) }),
  "Conv in groups": (net) => net.conv("x", { pads: attr.ints([1, 1]) }, 3),
  "Conv of each channel": (net) => net.conv("x", { kernel_shape: k3 }, CHANNELS, 2 * CHANNELS),
  "Conv padded to the same length above": (net) => net.conv("x", { auto_pad: attr.string("SAME_UPPER"), strides: s2 }),
  "Conv padded to the same length below": (net) => net.conv("x", { auto_pad: attr.string("SAME_LOWER"), strides: s2 }),
  "Conv without padding": (net) => net.conv("x", { auto_pad: attr.string("VALID") }),
  "MaxPool that rounds up": (net) =>
    net.node("MaxPool", ["x"], { kernel_shape: k3, strides: s2, ceil_mode: attr.int(1), pads: attr.ints([0, 1]) }),
  "MaxPool with dilations": (net) => net.node("MaxPool", ["x"], { kernel_shape: k3, dilations: attr.ints([4]) }),
  "AveragePool that rounds up": (net) =>
    net.node("AveragePool", ["x"], { kernel_shape: k3, strides: s2, ceil_mode: attr.int(1) }),
  "AveragePool that counts what is padded": (net) =>
    net.node("AveragePool", ["x"], {
      kernel_shape: k3,
      pads: attr.ints([1, 1]),
      count_include_pad: attr.int(1),
    }),
};

describe("one operator", () => {
  it.each(Object.entries(SINGLE))("%s", async (_, body) => {
    const model = await rewritten({ body }, 1);
    expect(operators(model)).toEqual(["Unsqueeze", expect.stringMatching(/Conv|Pool/), "Identity", "Squeeze"]);
  });

  it.each([11, 12, 13, 18, 21])("in opset %i", async (opset) => {
    await rewritten({ opset, body: (net) => net.conv("x") }, 1);
  });

  it("over a time that is known only at run time", async () => {
    const onnx = build({ time: "time", body: (net) => net.conv("x", { strides: s2 }) });
    const model = readModel(onnx);
    expect(makeTwoDimensional(model)).toBe(1);
    for (const time of [3, 17, 200]) await expectSame(onnx, writeModel(model), time);
  });

  it("with a weight that is computed", async () => {
    const body = (net: Net): string =>
      net.node("Conv", ["x", net.node("Neg", [net.constant([4, CHANNELS, 3])])], { kernel_shape: k3 });
    await rewritten({ body }, 1);
  });
});

/** What takes one dimension less than its neighbours, more, or as many. */
const FOLLOWING: Record<string, (net: Net, x: string) => string> = {
  "batch norm": (net, x) =>
    net.node("BatchNormalization", [
      x,
      ...[0.1, 0.2, 0.3].map((step) => net.constant([CHANNELS], step)),
      positive(net),
    ]),
  "instance norm": (net, x) =>
    net.node("InstanceNormalization", [x, net.constant([CHANNELS]), net.constant([CHANNELS])]),
  "a scalar": (net, x) => net.node("Mul", [x, net.constant([])]),
  "a number for each time": (net, x) => net.node("Add", [x, net.constant([TIME])]),
  "a number for each channel": (net, x) => net.node("Add", [net.constant([CHANNELS, 1]), x]),
  "a number for each of both": (net, x) => net.node("Sub", [x, net.constant([1, CHANNELS, TIME])]),
  "what came before": (net, x) => net.node("Add", [x, "x"]),
  GELU: (net, x) => {
    const erf = net.node("Erf", [
      net.node("Div", [x, net.graph.initializer("root", constant(Float32Array.of(Math.SQRT2), []))]),
    ]);
    const one = net.graph.initializer("one", constant(Float32Array.of(1), []));
    return net.node("Mul", [x, net.node("Add", [erf, one])]);
  },
  "a slope for each channel": (net, x) => net.node("PRelu", [x, net.constant([CHANNELS, 1])]),
  bounds: (net, x) => net.node("Clip", [x, net.constant([], 0.1), ""]),
  "zeros at both ends": (net, x) => net.node("Pad", [x, net.ints([0, 1, 2, 0, 0, 1]), net.constant([])]),
  "its ends mirrored": (net, x) => net.node("Pad", [x, net.ints([0, 0, 2, 0, 0, 1])], { mode: attr.string("reflect") }),
  "more time": (net, x) => net.node("Concat", [x, net.constant([1, CHANNELS, 2])], { axis: attr.int(-1) }),
  "more channels": (net, x) => net.node("Concat", ["x", x], { axis: attr.int(1) }),
  "the mean over time": (net, x) => net.node("GlobalAveragePool", [x]),
};

function positive(net: Net): string {
  return net.graph.initializer("variance", constant(new Float32Array(CHANNELS).fill(0.5), [CHANNELS]));
}

describe("between two convolutions", () => {
  it.each(Object.entries(FOLLOWING))("%s goes along", async (_, follow) => {
    const body = (net: Net): string => {
      const inner = follow(net, net.conv("x", { pads: attr.ints([1, 1]) }));
      return net.node("MaxPool", [inner], { kernel_shape: attr.ints([1]) });
    };
    const types = operators(await rewritten({ body }, 2));
    // One way in, one way out.
    expect(types.filter((type) => type === "Unsqueeze")).toHaveLength(1);
    expect(types.filter((type) => type === "Squeeze")).toHaveLength(1);
  });

  it.each<[string, (net: Net, x: string) => string]>([
    ["a softmax", (net, x) => net.node("Softmax", [x], { axis: attr.int(-1) })],
    ["a matrix", (net, x) => net.node("MatMul", [x, net.constant([TIME, TIME])])],
    [
      "a sum that has more dimensions",
      (net, x) => net.node("Squeeze", [net.node("Add", [x, net.constant([1, 1, CHANNELS, 1])]), net.ints([0])]),
    ],
    [
      "a concatenation with what may have any shape",
      (net, x) => net.node("Concat", [x, any(net)], { axis: attr.int(2) }),
    ],
    [
      "padding of some axes",
      (net, x) => net.node("Pad", [x, net.ints([1, 0, 0, 2, 0, 0]), net.constant([]), net.ints([2, 1, 0])]),
    ],
  ])("%s does not", async (_, stay) => {
    const body = (net: Net): string => net.conv(stay(net, net.conv("x", { pads: attr.ints([1, 1]) })));
    const types = operators(await rewritten({ opset: 18, body }, 2));
    expect(types.filter((type) => type === "Unsqueeze").length).toBe(2);
  });
});

/** Of a shape that the graph does not say. */
const any = (net: Net): string => net.node("Expand", [net.constant([1]), net.node("Shape", ["x"])]);

const PADDED = { pads: attr.ints([1, 1]) };

describe("a graph", () => {
  it("may take a weight twice, and for something else, too", async () => {
    const body = (net: Net): string => {
      const weight = net.constant([CHANNELS, CHANNELS, 3]);
      const conv = (x: string): string => net.node("Conv", [x, weight], PADDED);
      return net.node("Mul", [conv(conv("x")), net.node("ReduceMean", [weight], { keepdims: attr.int(0) })]);
    };
    const model = await rewritten({ body }, 2);
    expect(model.graph!.initializer.map(({ dims }) => dims.length).sort()).toEqual([1, 3, 4]);
  });

  it("loses what nothing takes any more", async () => {
    const body = (net: Net): string => net.conv(net.node("Pad", [net.conv("x"), net.ints([0, 0, 2, 0, 0, 1])]));
    const model = await rewritten({ body }, 2);
    const taken = new Set(model.graph!.node.flatMap(({ input }) => input));
    for (const { name } of model.graph!.initializer) expect(taken).toContain(name);
  });

  it("may need a value in both shapes", async () => {
    const body = (net: Net): string => {
      const both = net.conv("x", PADDED);
      return net.node("Add", [net.node("Softmax", [both]), net.conv(both, PADDED)]);
    };
    await rewritten({ body }, 2);
  });

  it("may need a value in a body", async () => {
    const body = (net: Net): string => {
      const value = net.conv("x");
      const branch = (opType: string): Attribute => {
        const inner = net.graph.subgraph(opType);
        inner.output(inner.node(opType, [value]), "float32", ["a", "b", "c"]);
        return attr.graph(inner);
      };
      const yes = net.graph.initializer("yes", constant(Uint8Array.of(1), [], "bool"));
      const chosen = net.node("If", [yes], { then_branch: branch("Neg"), else_branch: branch("Abs") });
      return net.node("Sub", [chosen, net.conv("x")]);
    };
    await rewritten({ body }, 2);
  });

  it("may have weights in Constant nodes", async () => {
    const body = (net: Net): string => {
      const value = constant(wave(CHANNELS * CHANNELS * 3), [CHANNELS, CHANNELS, 3]);
      return net.node("Conv", ["x", net.node("Constant", [], { value: attr.tensor(value) })]);
    };
    expect(operators(await rewritten({ body }, 1))).not.toContain("Constant");
  });

  it("may have a weight that a caller can replace", async () => {
    const onnx = build({ body: (net) => net.conv("x", { kernel_shape: k3 }) });
    const open = readModel(onnx);
    open.graph!.input.push({ ...open.graph!.input[0]!, name: open.graph!.initializer[0]!.name, type: undefined! });
    const model = readModel(writeModel(open));
    expect(makeTwoDimensional(model)).toBe(1);
    expect(operators(model)).toEqual(["Unsqueeze", "Unsqueeze", "Conv", "Identity", "Squeeze"]);
    await expectSame(onnx, writeModel(model));
  });

  it.each<[string, Case]>([
    ["with convolutions of two dimensions", { body: (net) => flat(net) }],
    ["with indices of its pooling", { body: (net) => indices(net) }],
    ["of opset 10", { opset: 10, body: (net) => net.conv("x") }],
    ["without convolutions", { body: (net) => net.node("Relu", ["x"]) }],
  ])("%s stays as it is", (_, it) => {
    const onnx = build(it);
    const model = readModel(onnx);
    expect(makeTwoDimensional(model)).toBe(0);
    expect(writeModel(model)).toEqual(onnx);
  });

  it("is rewritten once", () => {
    const model = readModel(build({ body: (net) => net.conv("x") }));
    expect(makeTwoDimensional(model)).toBe(1);
    const again = readModel(writeModel(model));
    expect(makeTwoDimensional(again)).toBe(0);
  });
});

function flat(net: Net): string {
  const deep = net.node("Unsqueeze", ["x", net.ints([2])]);
  return net.node("Squeeze", [net.node("Conv", [deep, net.constant([2, CHANNELS, 1, 3])]), net.ints([2])]);
}

function indices(net: Net): string {
  net.graph.node("MaxPool", ["x"], { attributes: { kernel_shape: k3 }, outputs: ["largest", "where"] });
  return net.node("Cast", ["where"], { to: attr.int(1) });
}
