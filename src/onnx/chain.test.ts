import { create } from "@bufbuild/protobuf";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import {
  attr,
  chainModels,
  constant,
  GraphBuilder,
  graphModel,
  int64,
  type Model,
  readModel,
  writeModel,
} from "./index.js";
import { FunctionProtoSchema } from "./onnx-ml_pb.js";

/** y = x * factor, with a name `w` for the weight in every model. */
function times(factor: number, opset: number): Model {
  const graph = new GraphBuilder("g");
  graph.input("x", "float32", [2]);
  graph.initializer("w", constant(Float32Array.of(factor), []));
  graph.node("Mul", ["x", "w"], { outputs: ["y"] });
  graph.output("y", "float32", [2]);
  return graphModel(graph, { opset });
}

const stage = (name: string, model: Model) => ({ name, model, input: "x", output: "y" });

async function run(model: Model, values: readonly number[]): Promise<Record<string, number[]>> {
  const session = await InferenceSession.create(writeModel(model), { intraOpNumThreads: 1, logSeverityLevel: 3 });
  try {
    expect(session.inputNames).toEqual(["x"]);
    const results = await session.run({ x: new Tensor("float32", values, [values.length]) });
    return Object.fromEntries(Object.entries(results).map(([name, { data }]) => [name, [...(data as Float32Array)]]));
  } finally {
    await session.release();
  }
}

describe("chainModels", () => {
  it("feeds each model with the one before it, whatever names they share", async () => {
    const chain = chainModels([stage("a", times(2, 17)), stage("b", times(3, 17)), stage("c", times(5, 17))]);
    expect(chain.graph!.initializer.map(({ name }) => name)).toEqual(["a/w", "b/w", "c/w"]);
    expect(await run(chain, [1, -2])).toEqual({ y: [30, -60] });
  });

  it("takes the higher opset and IR version where the operators mean the same in both", async () => {
    const newer = times(3, 21);
    newer.irVersion = 10n;
    const chain = chainModels([stage("a", times(2, 13)), stage("b", newer)]);
    expect(chain.opsetImport.map(({ domain, version }) => [domain, version])).toEqual([["", 21n]]);
    expect(chain.irVersion).toBe(10n);
    expect(await run(chain, [1, 4])).toEqual({ y: [6, 24] });
  });

  it("refuses opsets between which an operator changed, in a body, too", () => {
    const body = new GraphBuilder("g");
    body.input("x", "float32", [2]);
    body.initializer("go", constant(Uint8Array.of(1), [], "bool"));
    const yes = body.subgraph("yes");
    yes.node("ReduceMean", ["x"], { outputs: ["m"], attributes: { axes: attr.ints([0]) } });
    yes.output("m", "float32", [1]);
    const no = body.subgraph("no");
    no.node("Identity", ["x"], { outputs: ["n"] });
    no.output("n", "float32", [2]);
    const attributes = { then_branch: attr.graph(yes), else_branch: attr.graph(no) };
    body.node("If", ["go"], { outputs: ["y"], attributes });
    body.output("y", "float32", ["n"]);
    const mean = (opset: number) => stage("mean", graphModel(body, { opset }));
    expect(() => chainModels([mean(17), stage("b", times(2, 18))])).toThrow(
      "mean is of opset 17, in which ReduceMean does not mean the same as in opset 18",
    );
    expect(() => chainModels([mean(13), stage("b", times(2, 17))])).not.toThrow();
    expect(() => chainModels([stage("a", times(2, 17)), stage("b", times(2, 99))])).toThrow("opset 99");
  });

  it("carries bodies over, with the values that they take from outside", async () => {
    const graph = new GraphBuilder("g");
    graph.input("x", "float32", [2]);
    graph.initializer("trips", int64([3], []));
    graph.initializer("go", constant(Uint8Array.of(1), [], "bool"));
    graph.initializer("w", constant(Float32Array.of(1, 10), [2]));
    const body = graph.subgraph("body");
    body.input("i", "int64", []);
    body.input("go_in", "bool", []);
    body.input("state", "float32", [2]);
    body.node("Identity", ["go_in"], { outputs: ["go_out"] });
    body.node("Add", ["state", "w"], { outputs: ["next"] });
    body.output("go_out", "bool", []);
    body.output("next", "float32", [2]);
    graph.node("Loop", ["trips", "go", "x"], { outputs: ["y"], attributes: { body: attr.graph(body) } });
    graph.output("y", "float32", [2]);
    const loop = writeModel(graphModel(graph));
    const chain = chainModels([stage("a", readModel(loop)), stage("b", times(2, 17)), stage("c", readModel(loop))]);
    expect(await run(chain, [0, 0])).toEqual({ y: [9, 90] });
  });

  it("keeps functions of the same name apart", async () => {
    /** y = f(x), where f(v) = v operator v. */
    const withFunction = (operator: string): Model => {
      const graph = new GraphBuilder("g");
      graph.input("x", "float32", [2]);
      graph.node("f", ["x"], { outputs: ["y"], domain: "local" });
      graph.output("y", "float32", [2]);
      const model = graphModel(graph, { domains: { local: 1 } });
      const opsetImport = [{ domain: "", version: 17n }];
      const node = [{ opType: operator, input: ["v", "v"], output: ["r"] }];
      const f = { name: "f", domain: "local", input: ["v"], output: ["r"], node, opsetImport };
      model.functions = [create(FunctionProtoSchema, f)];
      return model;
    };
    const chain = chainModels([stage("a", withFunction("Add")), stage("b", withFunction("Mul"))]);
    expect(await run(chain, [1, 3])).toEqual({ y: [4, 36] });
  });

  it("takes weights that are listed among the inputs, as they were before IR version 4", async () => {
    const old = times(2, 17);
    old.irVersion = 3n;
    old.graph!.input.push({ ...old.graph!.input[0]!, name: "w" });
    const chain = chainModels([stage("a", times(2, 17)), stage("b", old)]);
    expect(await run(chain, [1, 4])).toEqual({ y: [4, 16] });
  });

  it("refuses ends that do not exist, further inputs, and names that clash", () => {
    const model = () => times(2, 17);
    expect(() => chainModels([{ ...stage("a", model()), input: "z" }])).toThrow(
      "Model 'a' was to have one input 'z', but has x.",
    );
    expect(() => chainModels([{ ...stage("a", model()), output: "z" }])).toThrow(
      "Model 'a' has no output 'z'; it has y.",
    );
    const two = model();
    two.graph!.initializer = [];
    two.graph!.input.push({ ...two.graph!.input[0]!, name: "w" });
    expect(() => chainModels([stage("a", two)])).toThrow("but has x, w.");
    const clash = new GraphBuilder("g");
    clash.input("b/w", "float32", [2]);
    clash.node("Relu", ["b/w"], { outputs: ["y"] });
    clash.output("y", "float32", [2]);
    const first = { name: "a", model: graphModel(clash), input: "b/w", output: "y" };
    expect(() => chainModels([first, stage("b", model())])).toThrow("two values of the name 'b/w'");
  });
});
