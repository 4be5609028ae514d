import { InferenceSession, Tensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { caseModel, checkGradient } from "../../../test/support/check-gradient.js";
import {
  attr,
  constant,
  GraphBuilder,
  graphModel,
  int64,
  type Model,
  type ModelOptions,
  writeModel,
} from "../index.js";
import { gradientModel } from "./index.js";

/** x [2, 3] -> `middle` = tanh(x) -> `y`, and whatever else is added. */
function sample(more: (graph: GraphBuilder) => void = () => {}, options: ModelOptions = {}): Model {
  const graph = new GraphBuilder("g");
  graph.input("x", "float32", [2, 3]);
  graph.node("Tanh", ["x"], { outputs: ["middle"] });
  graph.initializer("w", constant(Float32Array.of(1, 2, 3), [3]));
  graph.node("Mul", ["middle", "w"], { outputs: ["y"] });
  more(graph);
  graph.output("y", "float32", [2, 3]);
  return graphModel(graph, options);
}

const operators = (model: Model) => model.graph!.node.map(({ opType }) => opType);
const names = (values: readonly { name: string }[]) => values.map(({ name }) => name);
const at = { input: "x", output: "y" };

async function run(model: Model, feeds: Record<string, number[]>, shape = [2, 3]) {
  const session = await InferenceSession.create(writeModel(model), { intraOpNumThreads: 1, logSeverityLevel: 3 });
  try {
    const tensors = Object.entries(feeds).map(([name, values]) => [name, new Tensor("float32", values, shape)]);
    const { loss, gradient } = await session.run(Object.fromEntries(tensors));
    expect(loss!.dims).toEqual([]);
    return { loss: (loss!.data as Float32Array)[0]!, gradient: Array.from(gradient!.data as Float32Array) };
  } finally {
    await session.release();
  }
}

describe("gradientModel", () => {
  it("takes the input and a target, gives the loss and the gradient, and leaves the model as it is", () => {
    const model = sample();
    const before = writeModel(model);
    const made = gradientModel(model, at);
    expect(writeModel(model)).toEqual(before);
    expect(names(made.graph!.input)).toEqual(["x", "target"]);
    expect(names(made.graph!.output)).toEqual(["loss", "gradient"]);
    expect(made.graph!.initializer[0]).toBe(model.graph!.initializer[0]);
  });

  it("writes what the loss needs and nothing else", () => {
    const model = sample((graph) => {
      graph.initializer("big", constant(Float32Array.of(7), []));
      graph.node("Mul", ["y", "big"], { outputs: ["head"] });
    });
    const made = gradientModel(model, { input: "x", output: "middle", loss: "mse" });
    expect(names(made.graph!.initializer)).not.toContain("w");
    expect(names(made.graph!.initializer)).not.toContain("big");
    const used = new Set(made.graph!.node.flatMap(({ input }) => input));
    const made0 = made.graph!.node.flatMap(({ output }) => output);
    expect(made0.filter((name) => !used.has(name)).sort()).toEqual(["gradient", "loss"]);
  });

  it("computes the forward pass once", () => {
    expect(operators(gradientModel(sample(), at)).filter((name) => name === "Tanh")).toHaveLength(1);
  });

  it("compares by cosine, squares or differences", async () => {
    const x = [0.1, -0.4, 0.7, 0.2, 0.9, -0.3];
    const target = [1, -2, 0.5, 0.25, -1, 3];
    const y = x.map((value, i) => Math.tanh(value) * ((i % 3) + 1));
    const dot = (a: number[], b: number[]) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
    const expected = {
      cosine: 1 - dot(y, target) / Math.sqrt((dot(y, y) + 1e-12) * (dot(target, target) + 1e-12)),
      mse: y.reduce((sum, value, i) => sum + (value - target[i]!) ** 2, 0) / 6,
      l1: y.reduce((sum, value, i) => sum + Math.abs(value - target[i]!), 0) / 6,
    };
    for (const loss of ["cosine", "mse", "l1"] as const) {
      const result = await run(gradientModel(sample(), { ...at, loss }), { x, target });
      expect(result.loss, loss).toBeCloseTo(expected[loss], 6);
    }
  });

  for (const loss of ["cosine", "mse", "l1"] as const)
    it(`differentiates the ${loss} of a shape that is open, too`, async () => {
      const build = (graph: GraphBuilder, x: string) => graph.node("Sin", [x]);
      await checkGradient({ shape: [2, 3], loss, build });
      await checkGradient({ shape: [2, 3], declared: ["n", "t"], loss, build });
    });

  it("stays finite where everything is 0", async () => {
    const zeros = new Array<number>(6).fill(0);
    const { loss, gradient } = await run(gradientModel(sample(), at), { x: zeros, target: zeros });
    expect(loss).toBe(1);
    expect(gradient).toEqual(zeros);
  });

  it("keeps further inputs that the result depends on", async () => {
    const graph = new GraphBuilder("g");
    for (const name of ["unused", "x", "gain"]) graph.input(name, "float32", [2, 3]);
    graph.node("Mul", ["x", "gain"], { outputs: ["y"] });
    graph.node("Add", ["y", "unused"], { outputs: ["z"] });
    graph.output("z", "float32", [2, 3]);
    const made = gradientModel(graphModel(graph), { input: "x", output: "y", loss: "l1" });
    expect(names(made.graph!.input)).toEqual(["x", "gain", "target"]);
    const ones = new Array<number>(6).fill(1);
    const gain = [1, 2, 3, 4, 5, 6];
    const { gradient } = await run(made, { x: ones, gain, target: ones.map(() => 0) });
    for (const [i, value] of gradient.entries()) expect(value).toBeCloseTo(gain[i]! / 6, 6);
  });

  it("gives values called target, loss or gradient another name", async () => {
    const graph = new GraphBuilder("g");
    graph.input("x", "float32", [2, 3]);
    graph.initializer("target", constant(Float32Array.of(1, 2, 3), [3]));
    graph.node("Mul", ["x", "target"], { outputs: ["gradient"] });
    graph.node("Add", ["gradient", "x"], { outputs: ["loss"] });
    graph.output("loss", "float32", [2, 3]);
    const made = gradientModel(graphModel(graph), { input: "x", output: "loss", loss: "l1" });
    const { gradient } = await run(made, { x: [1, 1, 1, 1, 1, 1], target: [0, 0, 0, 0, 0, 0] });
    for (const [i, value] of gradient.entries()) expect(value).toBeCloseTo(((i % 3) + 2) / 6, 6);
  });

  it("goes back through one branch where the other one is constant", () =>
    checkGradient({
      shape: [4],
      build(graph, x) {
        const constantPath = graph.node("Floor", [x]);
        return graph.node("Add", [graph.node("Exp", [x]), graph.node("Mul", [constantPath, x])]);
      },
    }));

  it("takes weights that are listed among the inputs, as they were before IR version 4", async () => {
    const old = sample();
    old.irVersion = 3n;
    old.graph!.input.push({ ...old.graph!.input[0]!, name: "w" });
    const made = gradientModel(old, at);
    expect(names(made.graph!.input)).toEqual(["x", "target"]);
    expect((await run(made, { x: [0, 0, 0, 0, 0, 0], target: [1, 1, 1, 1, 1, 1] })).loss).toBe(1);
  });

  it("raises opset 13 to 17, unless a node would mean something else", () => {
    const made = gradientModel(sample(undefined, { opset: 13 }), at);
    expect(made.opsetImport.map(({ domain, version }) => [domain, version])).toEqual([["", 17n]]);
    const old = sample((graph) => graph.node("Softmax", ["y"], { outputs: ["z"] }), { opset: 11 });
    expect(() => gradientModel(old, { input: "x", output: "z" })).toThrow(
      "Node 'g/z' is Softmax of opset 11, which does not mean the same as in opset 17",
    );
    expect(gradientModel(sample(undefined, { opset: 21 }), at).opsetImport[0]!.version).toBe(21n);
  });
});

describe("gradientModel refuses", () => {
  const refusal = (make: () => unknown): string => {
    try {
      make();
    } catch (error) {
      const { code, message } = error as { code: string; message: string };
      return `${code}: ${message}`;
    }
    return "nothing";
  };

  it("an operator without a rule, and names its node", () => {
    const model = sample((graph) => {
      graph.initializer("k", int64([2]));
      graph.node("TopK", ["y", "k"], { outputs: ["top", "places"] });
    });
    expect(refusal(() => gradientModel(model, { input: "x", output: "top" }))).toBe(
      "ONNX_UNSUPPORTED: The gradient of TopK (node 'g/top') is not known.",
    );
  });

  it("an operator of another domain", () => {
    const model = sample((graph) => graph.node("QuickGelu", ["y"], { outputs: ["z"], domain: "com.microsoft" }), {
      domains: { "com.microsoft": 1 },
    });
    expect(refusal(() => gradientModel(model, { input: "x", output: "z" }))).toContain("com.microsoft.QuickGelu");
  });

  it("a body that takes a value on which the loss depends", () => {
    const model = sample((graph) => {
      graph.initializer("yes", constant(Uint8Array.of(1), [], "bool"));
      const branch = graph.subgraph("branch");
      branch.node("Exp", ["y"], { outputs: ["e"] });
      branch.output("e", "float32", [2, 3]);
      const other = graph.subgraph("other");
      other.node("Identity", ["w"], { outputs: ["o"] });
      other.output("o", "float32", [3]);
      const attributes = { then_branch: attr.graph(branch), else_branch: attr.graph(other) };
      graph.node("If", ["yes"], { outputs: ["z"], attributes });
    });
    expect(refusal(() => gradientModel(model, { input: "x", output: "z" }))).toContain("If (node 'g/z')");
  });

  it("weights of a convolution that depend on the input", () => {
    const { model, output } = caseModel({ shape: [1, 1, 3], build: (graph, x) => graph.node("Conv", [x, x]) });
    expect(refusal(() => gradientModel(model, { input: "x", output }))).toContain(
      "whose input 1 depends on the input of the graph",
    );
  });

  it("a norm that is being trained", () => {
    const model = sample((graph) => {
      const inputs = ["y", "w", "w", "w", "w"];
      const attributes = { training_mode: attr.int(1) };
      graph.node("BatchNormalization", inputs, { outputs: ["z", "mean", "variance"], attributes });
    });
    expect(refusal(() => gradientModel(model, { input: "x", output: "z" }))).toContain("training_mode");
  });

  it("names that do not exist, and values that the input has no effect on", () => {
    expect(refusal(() => gradientModel(sample(), { input: "z", output: "y" }))).toContain(
      "INVALID_ARGUMENT: Expected input to be an input of the model (x), but received 'z'.",
    );
    expect(refusal(() => gradientModel(sample(), { input: "x", output: "z" }))).toContain(
      "a value that the model computes",
    );
    expect(refusal(() => gradientModel(sample(), { ...at, loss: "l2" as "l1" }))).toContain("cosine, mse, l1");
    const steps = sample((graph) => graph.node("Floor", ["y"], { outputs: ["z"] }));
    expect(refusal(() => gradientModel(steps, { input: "x", output: "z" }))).toContain("changes with the input 'x'");
    const whole = new GraphBuilder("g");
    whole.input("x", "int64", [2]);
    whole.node("Neg", ["x"], { outputs: ["y"] });
    whole.output("y", "int64", [2]);
    expect(refusal(() => gradientModel(graphModel(whole), at))).toContain("'x' is of another type");
  });

  it("an input called target, as the target is", () => {
    const graph = new GraphBuilder("g");
    graph.input("target", "float32", [2]);
    graph.node("Neg", ["target"], { outputs: ["y"] });
    graph.output("y", "float32", [2]);
    expect(refusal(() => gradientModel(graphModel(graph), { input: "target", output: "y" }))).toContain(
      "called otherwise than target, loss, gradient",
    );
  });

  it("a graph that goes in circles", () => {
    const model = sample();
    model.graph!.node[0]!.input = ["y"];
    expect(refusal(() => gradientModel(model, at))).toContain(
      "ONNX_INVALID: The model uses its value 'y' before it is made",
    );
  });
});
