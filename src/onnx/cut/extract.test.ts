import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { failure } from "../../../test/support/failure.js";
import { difference, runModel, someFeeds } from "../../../test/support/halves.js";
import {
  constant,
  cutModel,
  extractModel,
  GraphBuilder,
  graphModel,
  inferShapes,
  type Model,
  readModel,
  withOutputs,
  writeModel,
} from "../index.js";
import { FunctionProtoSchema, StringStringEntryProtoSchema } from "../onnx-ml_pb.js";

/** x -> Split -> (a, b) -> a * w -> c -> c + b -> y, with all that a file can say beside its nodes. */
function sample(opset = 17): Model {
  const graph = new GraphBuilder("net");
  graph.input("x", "float32", ["batch", 4]);
  graph.initializer("w", constant(Float32Array.of(1, 2), [2]));
  graph.node("Split", ["x"], {
    outputs: ["a", "b"],
    attributes: {
      axis: { type: "int", value: 1 },
      ...(opset >= 18 ? { num_outputs: { type: "int", value: 2 } as const } : {}),
    },
  });
  graph.node("Mul", ["a", "w"], { outputs: ["c"] });
  graph.node("Add", ["c", "b"], { outputs: ["d"] });
  graph.node("twice", ["d"], { outputs: ["e"], domain: "local" });
  graph.node("Neg", ["e"], { outputs: ["y"] });
  graph.output("y", "float32", ["batch", 2]);
  const model = graphModel(graph, { opset, domains: { local: 1 } });
  const own = (name: string, opType: string, domain = "") => ({
    name,
    domain: "local",
    input: ["v"],
    output: ["r"],
    node: [{ opType, domain, input: opType === "Add" ? ["v", "v"] : ["v"], output: ["r"] }],
    opsetImport: [
      { domain: "", version: BigInt(opset) },
      { domain: "local", version: 1n },
    ],
  });
  model.functions = [
    create(FunctionProtoSchema, own("twice", "double", "local")),
    create(FunctionProtoSchema, own("double", "Add")),
    create(FunctionProtoSchema, own("unused", "Neg")),
  ];
  model.metadataProps = [create(StringStringEntryProtoSchema, { key: "source", value: "test" })];
  model.producerName = "someone";
  return model;
}

const names = (list: readonly { name: string }[]): string[] => list.map(({ name }) => name);

describe("parts of a model", () => {
  it("run as the whole does, at any opset that ONNX Runtime takes", async () => {
    for (const opset of [13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26]) {
      const model = sample(opset);
      model.irVersion = opset > 20 ? 10n : 8n;
      const whole = await inferShapes(model);
      const feeds = await someFeeds(whole, 3);
      for (const tensor of ["d", "e"]) {
        const { lower, upper } = cutModel(whole, tensor);
        const off = difference(await runModel(upper, await runModel(lower, feeds)), await runModel(whole, feeds));
        expect(off, `opset ${opset}`).toBe(0);
      }
    }
  });

  it("keep what the file says beside its nodes, and only the functions that are called", async () => {
    const bytes = writeModel(sample());
    // Field 1000, a varint, at the end of the model: no schema knows it.
    const whole = await inferShapes(readModel(Uint8Array.of(...bytes, 0xc0, 0x3e, 0x07)));
    const { lower, upper } = cutModel(whole, "d");
    for (const half of [lower, upper]) {
      expect([...writeModel(half).subarray(-3)]).toEqual([0xc0, 0x3e, 0x07]);
      expect(half).toMatchObject({
        producerName: "someone",
        irVersion: 8n,
        metadataProps: [{ key: "source", value: "test" }],
      });
      expect(half.opsetImport.map(({ domain, version }) => [domain, version])).toEqual([
        ["", 17n],
        ["local", 1n],
      ]);
    }
    expect(names(lower.functions)).toEqual([]);
    expect(names(upper.functions)).toEqual(["twice", "double"]);
    expect(names(lower.graph!.initializer)).toEqual(["w"]);
    expect(names(upper.graph!.initializer)).toEqual([]);
    const shape = upper.graph!.input[0]!.type!.value;
    expect(shape.case === "tensorType" && shape.value.shape!.dim.map(({ value }) => value.value)).toEqual([
      "batch",
      2n,
    ]);
    expect(names(whole.functions)).toEqual(["twice", "double", "unused"]);
  });

  it("list their weights among the inputs where the model does, as before IR version 4", async () => {
    const model = await inferShapes(sample());
    model.irVersion = 3n;
    model.functions = [];
    model.graph!.node[3]!.domain = "";
    model.graph!.node[3]!.opType = "Neg";
    model.graph!.input.push({ ...model.graph!.input[0]!, name: "w" });
    const { lower, upper } = cutModel(model, "d");
    expect(names(lower.graph!.input)).toEqual(["x", "w"]);
    expect(names(upper.graph!.input)).toEqual(["d"]);
  });

  it("can begin and end at any tensors, and give any further ones", async () => {
    const model = await inferShapes(sample());
    const part = extractModel(model, { inputs: ["c", "b"], outputs: ["e", "d"] });
    expect(part.graph!.node.map(({ opType }) => opType)).toEqual(["Add", "twice"]);
    const feeds = await someFeeds(model, 3);
    const all = await runModel(withOutputs(model, ["c", "b", "d", "e", "y", "d"]), feeds);
    expect(Object.keys(all)).toEqual(["y", "c", "b", "d", "e"]);
    const { c, b, d, e } = all;
    expect(difference(await runModel(part, { c: c!, b: b! }), { d: d!, e: e! })).toBe(0);
    expect(names(model.graph!.output)).toEqual(["y"]);
  });

  it.each([
    [
      { inputs: ["d"], outputs: ["z"] },
      "Expected tensor to be one of the model's (see 'biox inspect'), but received 'z'",
    ],
    [{ inputs: ["w"], outputs: ["y"] }, "Expected tensor to be one that is computed, not a weight, but received 'w'"],
    [{ inputs: ["c"], outputs: ["y"] }, "with the model's input 'x'"],
    [{ inputs: ["x", "a"], outputs: ["y"] }, "gives 'a', which the part is given, and another value that it needs"],
    [{ inputs: ["d", "d"], outputs: ["y"] }, "each named once"],
    [{ inputs: ["d"], outputs: [] }, "at least one tensor"],
  ])("refuse %j", async (ends, message) => {
    const model = await inferShapes(sample());
    expect((await failure(() => extractModel(model, ends))).message).toContain(message);
  });

  it("cannot be cut where no single tensor carries everything", async () => {
    const model = await inferShapes(sample());
    const why = async (tensor: string) => (await failure(() => cutModel(model, tensor))).message;
    expect(await why("c")).toBe("The model cannot be cut at 'c': it does not carry everything: 'b' leads past it.");
    expect(await why("z")).toContain("is no tensor on the way");
    expect(await why("w")).toContain("is no tensor on the way");
    expect(await why("x")).toContain("is the model's input: one half would be empty");
    expect(await why("y")).toContain("is the model's output: one half would be empty");
    expect((await failure(() => cutModel(model, "y"))).hint).toBe("The whole model is the lower half.");
    expect((await failure(() => cutModel(sample(), "d"))).message).toContain("does not say of what type tensor 'd' is");
  });
});
