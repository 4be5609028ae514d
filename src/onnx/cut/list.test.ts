import { describe, expect, it } from "vitest";
import { failure } from "../../../test/support/failure.js";
import {
  attr,
  constant,
  cutModel,
  GraphBuilder,
  graphModel,
  inferShapes,
  int64,
  listCuts,
  type Model,
} from "../index.js";

/** A graph of one input x and one output y, both float32 [2, 3]. */
function network(build: (graph: GraphBuilder) => void): Model {
  const graph = new GraphBuilder("net");
  graph.input("x", "float32", [2, 3]);
  build(graph);
  graph.output("y", "float32", [2, 3]);
  return graphModel(graph);
}

const node = (graph: GraphBuilder, opType: string, inputs: string[], output: string): string =>
  graph.node(opType, inputs, { outputs: [output] });

const weight = (graph: GraphBuilder, name: string, numbers = 3): string =>
  graph.initializer(name, constant(new Float32Array(numbers).fill(2), [numbers]));

const tensors = (model: Model, output?: string): string[] =>
  listCuts(model, output === undefined ? {} : { output }).map(({ tensor }) => tensor);

describe("listCuts", () => {
  it("lists what every path passes, and nothing that one goes around", () => {
    const residual = network((graph) => {
      node(graph, "Relu", ["x"], "a");
      node(graph, "Exp", ["a"], "inner");
      node(graph, "Add", ["a", "inner"], "b");
      node(graph, "Neg", ["b"], "y");
    });
    expect(tensors(residual)).toEqual(["a", "b"]);
  });

  it("takes neither weights nor what is computed from them for a path, and both halves get them", async () => {
    const model = network((graph) => {
      weight(graph, "w");
      node(graph, "Exp", ["w"], "mask");
      node(graph, "Mul", ["x", "mask"], "a");
      node(graph, "Mul", ["a", "w"], "b");
      node(graph, "Add", ["b", "mask"], "y");
    });
    expect(tensors(model)).toEqual(["a", "b"]);
    const { lower, upper } = cutModel(await inferShapes(model), "a");
    expect(lower.graph!.node.map(({ opType }) => opType)).toEqual(["Exp", "Mul"]);
    expect(upper.graph!.node.map(({ opType }) => opType)).toEqual(["Exp", "Mul", "Add"]);
    expect(listCuts(model)).toMatchObject([
      { tensor: "a", parametersBefore: 3, parametersAfter: 3 },
      { tensor: "b", parametersBefore: 3, parametersAfter: 3 },
    ]);
  });

  it("counts the weights of each side, those of bodies too, but no indices", () => {
    const model = network((graph) => {
      weight(graph, "before");
      weight(graph, "both");
      graph.initializer("shape", int64([2, 3]));
      graph.initializer("go", constant(Uint8Array.of(1), [], "bool"));
      node(graph, "Mul", ["x", "before"], "p");
      node(graph, "Mul", ["p", "both"], "cut");
      node(graph, "Reshape", ["cut", "shape"], "q");
      const branch = (name: string): GraphBuilder => {
        const body = graph.subgraph(name);
        body.node("Mul", ["q", weight(body, `${name}_w`, name === "yes" ? 3 : 1)], { outputs: [`${name}_y`] });
        body.node("Mul", [`${name}_y`, "both"], { outputs: [`${name}_z`] });
        body.output(`${name}_z`, "float32", [2, 3]);
        return body;
      };
      const attributes = { then_branch: attr.graph(branch("yes")), else_branch: attr.graph(branch("no")) };
      graph.node("If", ["go"], { outputs: ["y"], attributes });
    });
    expect(listCuts(model).find(({ tensor }) => tensor === "cut")).toMatchObject({
      parametersBefore: 6,
      parametersAfter: 7,
    });
  });

  it("follows what a body takes from outside", () => {
    const captured = (name: "a" | "b"): Model =>
      network((graph) => {
        graph.initializer("go", constant(Uint8Array.of(1), [], "bool"));
        node(graph, "Relu", ["x"], "a");
        node(graph, "Exp", ["a"], "b");
        node(graph, "Neg", ["b"], "c");
        const branch = (label: string): GraphBuilder => {
          const body = graph.subgraph(label);
          body.node("Add", ["c", name], { outputs: [`${label}_y`] });
          body.output(`${label}_y`, "float32", [2, 3]);
          return body;
        };
        const attributes = { then_branch: attr.graph(branch("yes")), else_branch: attr.graph(branch("no")) };
        graph.node("If", ["go"], { outputs: ["y"], attributes });
      });
    expect(tensors(captured("a"))).toEqual(["a"]);
    expect(tensors(captured("b"))).toEqual(["a", "b"]);
  });

  it("takes the output that counts; by default all do", () => {
    const graph = new GraphBuilder("net");
    graph.input("x", "float32", [2]);
    for (const [from, to] of [
      ["x", "a"],
      ["a", "b"],
      ["b", "c"],
      ["c", "y"],
    ])
      node(graph, "Relu", [from!], to!);
    graph.output("y", "float32", [2]);
    graph.output("b", "float32", [2]);
    const model = graphModel(graph);
    expect(tensors(model)).toEqual(["a"]);
    expect(tensors(model, "y")).toEqual(["a", "b", "c"]);
    expect(tensors(model, "b")).toEqual(["a"]);
    expect(() => listCuts(model, { output: "z" })).toThrow("Expected output to be one of the model's: y, b");
  });

  it("of several inputs, begins where they have come together", () => {
    const graph = new GraphBuilder("net");
    graph.input("x", "float32", [2]);
    graph.input("mask", "float32", [2]);
    graph.input("unused", "float32", [2]);
    node(graph, "Relu", ["x"], "a");
    node(graph, "Mul", ["a", "mask"], "b");
    node(graph, "Neg", ["b"], "y");
    graph.output("y", "float32", [2]);
    expect(tensors(graphModel(graph))).toEqual(["b"]);
  });

  it("does not go around by the shape of a tensor whose shape is known", async () => {
    const shaped = (extent: number | string): Model => {
      const graph = new GraphBuilder("net");
      graph.input("x", "float32", [extent, 3]);
      node(graph, "Shape", ["x"], "shape");
      node(graph, "Relu", ["x"], "a");
      node(graph, "Exp", ["a"], "b");
      node(graph, "Reshape", ["b", "shape"], "y");
      graph.output("y", "float32", [extent, 3]);
      return graphModel(graph);
    };
    expect(tensors(shaped("batch"))).toEqual([]);
    expect(tensors(shaped(2))).toEqual(["a", "b"]);
    expect(cutModel(await inferShapes(shaped(2)), "a").upper.graph!.input.map(({ name }) => name)).toEqual(["a"]);
  });

  it("finds the repeated blocks of a graph without module names by what follows what", () => {
    const model = network((graph) => {
      graph.initializer("w", constant(new Float32Array(9), [3, 3]));
      let at = node(graph, "Exp", ["x"], "stem");
      for (let k = 0; k < 4; k++) {
        const hidden = node(graph, "MatMul", [at, "w"], `hidden_${k}`);
        const sum = node(graph, "Add", [at, hidden], `sum_${k}`);
        at = node(graph, "LayerNormalization", [sum, weight(graph, `scale_${k}`)], `block_${k}`);
      }
      node(graph, "Neg", [at], "y");
    });
    const borders = listCuts(model).flatMap(({ tensor, block }) => (block === undefined ? [] : [[tensor, block]]));
    expect(borders).toEqual([
      ["stem", 0],
      ["block_0", 1],
      ["block_1", 2],
      ["block_2", 3],
      ["block_3", 4],
    ]);
  });
});

describe("broken graphs", () => {
  /** A model of which each test breaks the graph. */
  const whole = (): Model =>
    network((graph) => {
      node(graph, "Relu", ["x"], "a");
      node(graph, "Exp", ["a"], "b");
      node(graph, "Neg", ["b"], "y");
    });

  it.each([
    [
      "a circle",
      (m: Model) => (m.graph!.node[0]!.input = ["b"]),
      "goes in a circle: Node 'net/a' (Relu) needs its own result",
    ],
    ["a node that needs itself", (m: Model) => (m.graph!.node[1]!.input = ["b"]), "goes in a circle"],
    ["two of a name", (m: Model) => (m.graph!.node[1]!.output = ["a"]), "gives two values the name 'a'"],
    [
      "a second input of a name",
      (m: Model) => m.graph!.input.push(m.graph!.input[0]!),
      "gives two values the name 'x'",
    ],
    [
      "a value from nowhere",
      (m: Model) => (m.graph!.node[1]!.input = ["z"]),
      "Node 'net/b' (Exp) takes 'z', which nothing in the model gives",
    ],
    ["no graph", (m: Model) => delete m.graph, "The model has no graph"],
  ])("%s is refused", async (_, damage, message) => {
    const model = whole();
    damage(model);
    const error = await failure(() => listCuts(model));
    expect(error.code).toBe("ONNX_INVALID");
    expect(error.message).toContain(message);
  });

  it("nodes in any order are as good as in the right one", () => {
    const model = whole();
    model.graph!.node.reverse();
    expect(tensors(model)).toEqual(["a", "b"]);
  });

  it("200,000 nodes in a row are no trouble", () => {
    const model = whole();
    const first = model.graph!.node[0]!;
    model.graph!.node = Array.from({ length: 200_000 }, (_, i) => ({
      ...first,
      input: [i === 0 ? "x" : `v${i - 1}`],
      output: [i === 199_999 ? "y" : `v${i}`],
    }));
    const cuts = listCuts(model);
    expect(cuts.length).toBe(199_999);
    expect(cuts.at(-1)!.tensor).toBe("v199998");
  });
});
