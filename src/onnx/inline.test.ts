import { readFileSync } from "node:fs";
import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { failure } from "../../test/support/failure.js";
import { difference, expectCutsHold, runModel, someFeeds } from "../../test/support/halves.js";
import { GraphBuilder, graphModel, inferShapes, listCuts, type Model, readModel } from "./index.js";
import { inlineFunctions } from "./inline.js";
import {
  type AttributeProto,
  FunctionProtoSchema,
  type GraphProto,
  AttributeProto_AttributeType as Kind,
  NodeProtoSchema,
} from "./onnx-ml_pb.js";

interface Golden {
  readonly cases: readonly { readonly name: string; readonly onnx: string; readonly lines: readonly string[] }[];
}
const { cases } = JSON.parse(readFileSync(new URL("testdata/inlined.golden.json", import.meta.url), "utf8")) as Golden;
const modelOf = (name: string): Model =>
  readModel(new Uint8Array(Buffer.from(cases.find((one) => one.name === name)!.onnx, "base64")));

/** A graph as tools/golden/inlined.py writes it: values numbered in the order in which they appear. */
function lines(graph: GraphProto, outer: ReadonlyMap<string, number> = new Map()): string[] {
  const numbers = new Map(outer);
  const number = (name: string): string => {
    if (name === "") return "-";
    if (!numbers.has(name)) numbers.set(name, numbers.size);
    return String(numbers.get(name));
  };
  const row = (names: readonly string[]): string =>
    names
      .slice(0, names.findLastIndex((name) => name !== "") + 1)
      .map(number)
      .join();
  const text = ({ name, type, g, f, i }: AttributeProto): string => {
    if (type === Kind.GRAPH) return `${name}={${lines(g!, numbers).join(";")}}`;
    return type === Kind.FLOAT ? `${name}=f${Number(f.toPrecision(6))}` : `${name}=i${i}`;
  };
  for (const { name } of [...graph.input, ...graph.initializer]) number(name);
  const found = graph.node.map(({ opType, input, output, attribute }) => {
    const inputs = row(input);
    const attributes = attribute.map(text).sort().join(" ");
    return `${opType}(${inputs})[${attributes}]>${output.map(number).join()}`;
  });
  return [...found, `gives ${row(graph.output.map(({ name }) => name))}`];
}

const called = (model: Model): string[] => model.functions.map(({ name }) => name);

describe("functions of a model's own", () => {
  it.each(cases.map(({ name }) => name))("%s: become the nodes that onnx's inliner makes of them", (name) => {
    const inlined = inlineFunctions(modelOf(name));
    expect(lines(inlined.graph!)).toEqual(cases.find((one) => one.name === name)!.lines);
    expect(called(inlined)).toEqual([]);
  });

  it.each(cases.map(({ name }) => name))("%s: give the same bits as nodes", async (name) => {
    const model = modelOf(name);
    // ONNX Runtime wants a call to name all outputs of its function.
    for (const { opType, output } of model.graph!.node) if (opType === "bound" && output.length === 1) output.push("q");
    const feeds = await boolAware(model);
    expect(difference(await runModel(inlineFunctions(model), feeds), await runModel(model, feeds))).toBe(0);
  });

  it("leave a model without any as it is", () => {
    const model = modelOf("names that are taken");
    const plain = inlineFunctions(model);
    expect(plain).not.toBe(model);
    expect(inlineFunctions(plain)).toBe(plain);
    expect(called(model)).toEqual(["twice"]);
  });

  it("can be cut inside, where their tensors have names that say where they are", async () => {
    const blocks = inlineFunctions(modelOf("functions in functions, called again and again"));
    expect(listCuts(await inferShapes(blocks)).map(({ tensor, block }) => [tensor, block])).toEqual([
      ["a", 1],
      ["b", 2],
    ]);
    expect(await expectCutsHold(blocks)).toBe(2);
    const calls = modelOf("names that are taken");
    const cuts = listCuts(await inferShapes(inlineFunctions(calls))).map(({ tensor, scope }) => [tensor, scope]);
    expect(cuts).toEqual([
      ["t", ""],
      ["y_t", ""],
      ["y/t", "y"],
      ["y/y_t", "y"],
    ]);
    expect(await expectCutsHold(inlineFunctions(calls))).toBe(4);
  });

  it("stay calls where an operator meant something else at their opset", async () => {
    const model = modelOf("names that are taken");
    const [twice] = model.functions;
    twice!.node[0]!.opType = "ReduceSum";
    twice!.node[0]!.input = ["x"];
    twice!.opsetImport.find(({ domain }) => domain === "")!.version = 11n;
    const inlined = inlineFunctions(model);
    expect(called(inlined)).toEqual(["twice"]);
    expect(inlined.graph!.node.map(({ opType }) => opType)).toEqual(["Exp", "Neg", "twice"]);
  });

  it("bring the domains that only they use", () => {
    const model = modelOf("names that are taken");
    const [twice] = model.functions;
    Object.assign(twice!.node[1]!, { domain: "com.microsoft", opType: "Gelu" });
    twice!.opsetImport.push({ ...twice!.opsetImport[0]!, domain: "com.microsoft", version: 1n });
    const imports = inlineFunctions(model).opsetImport.map(({ domain, version }) => [domain, version]);
    expect(imports).toContainEqual(["com.microsoft", 1n]);
  });
});

describe("functions that cannot be are refused", () => {
  /** `deep` functions that each call the next one `times` times. */
  function tower(deep: number, times: number, last: string): Model {
    const graph = new GraphBuilder("net");
    graph.input("x", "float32", [1]);
    graph.node("f0", ["x"], { outputs: ["y"], domain: "local" });
    graph.output("y", "float32", [1]);
    const model = graphModel(graph, { opset: 18, domains: { local: 1 } });
    model.functions = Array.from({ length: deep }, (_, k) => {
      const next = k + 1 < deep ? `f${k + 1}` : last;
      const names = ["v", ...Array.from({ length: times - 1 }, (_, i) => `m${i}`), "r"];
      const node = Array.from({ length: times }, (_, i) =>
        create(NodeProtoSchema, {
          opType: next,
          domain: next.startsWith("f") ? "local" : "",
          input: [names[i]!],
          output: [names[i + 1]!],
        }),
      );
      const opsetImport = model.opsetImport.map((one) => ({ ...one }));
      return create(FunctionProtoSchema, {
        name: `f${k}`,
        domain: "local",
        input: ["v"],
        output: ["r"],
        node,
        opsetImport,
      });
    });
    return model;
  }

  it.each([
    ["call themselves", tower(3, 1, "f1"), "The model's function 'f1' calls itself"],
    ["make millions of nodes", tower(20, 3, "Neg"), "The model's functions make more than 100000 nodes"],
    ["are nested without end", tower(200, 1, "Neg"), "The model's functions are nested deeper than 100"],
  ])("that %s", async (_, model, message) => {
    const error = await failure(() => inlineFunctions(model));
    expect(error).toMatchObject({ code: "ONNX_INVALID" });
    expect(error.message).toContain(message);
  });
});

/** Feeds of numbers, with `true` for what is a truth. */
async function boolAware(model: Model): Promise<Awaited<ReturnType<typeof someFeeds>>> {
  const feeds = await someFeeds(model);
  const { Tensor } = await import("onnxruntime-node");
  if (feeds.which) feeds.which = new Tensor("bool", Uint8Array.of(1), []);
  return feeds;
}
