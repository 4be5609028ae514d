import { describe, expect, it } from "vitest";
import { attr, constant, encodeModel, GraphBuilder, int64 } from "./index.js";

describe("graph builder refuses", () => {
  it("an input that no node has made", () => {
    const graph = new GraphBuilder("g");
    expect(() => graph.node("Relu", ["x"])).toThrow("Expected each input of Relu to be a value defined before it");
  });

  it("a name that is taken, in the graph or around a body", () => {
    const graph = new GraphBuilder("g");
    graph.input("x", "float32", [1]);
    expect(() => graph.initializer("x", constant(new Float32Array(1), [1]))).toThrow("new in graph 'g'");
    expect(() => graph.subgraph("body").input("x", "float32", [1])).toThrow("new in graph 'body'");
    expect(() => graph.node("Relu", ["x"], { outputs: ["x"] })).toThrow("received 'x'");
  });

  it("an output that does not exist, and a graph without one", () => {
    const graph = new GraphBuilder("g");
    expect(() => graph.output("y", "float32", [1])).toThrow("a value of graph 'g'");
    expect(() => encodeModel(graph)).toThrow("Graph 'g' has no output.");
  });

  it("constants whose length, type or shape does not fit", () => {
    expect(() => constant(new Float32Array(5), [2, 3])).toThrow("6 long, the product of shape [2, 3]");
    expect(() => constant(new Float32Array(1), [1], "int64")).toThrow("'float32' for values in a Float32Array");
    expect(() => constant(new Float32Array(1), [1.5])).toThrow("whole numbers");
    expect(() => attr.int(1.5)).toThrow("a whole number");
    expect(() => int64([0.5])).toThrow();
    expect(() => new GraphBuilder("g").input("x", "float32", [-1])).toThrow("shape of 'x'");
  });
});

describe("graph builder", () => {
  it("makes up names that do not clash with given ones", () => {
    const graph = new GraphBuilder("g");
    graph.input("g_relu_0", "float32", [1]);
    expect(graph.node("Relu", ["g_relu_0"])).toBe("g_relu_1");
  });

  it("returns the first of several results", () => {
    const graph = new GraphBuilder("g");
    graph.input("x", "float32", [2, 3]);
    expect(graph.node("Split", ["x"], { outputs: ["a", "b"], attributes: { axis: attr.int(0) } })).toBe("a");
    graph.output("b", "float32", [1, 3]);
  });
});
