import { create } from "@bufbuild/protobuf";
import { changed } from "./changed.js";
import { calledFunctions, Functions } from "./functions.js";
import { requireGraph } from "./graph-of.js";
import { Opsets } from "./inline-opsets.js";
import type { Model } from "./model.js";
import {
  type AttributeProto,
  type FunctionProto,
  type GraphProto,
  type NodeProto,
  NodeProtoSchema,
} from "./onnx-ml_pb.js";
import { invalid } from "./read.js";
import { nested } from "./walk.js";

/**
 * Beyond so many nodes a file is taken for an attack: the largest language models have some ten thousand, and a few functions that call
 * one another twice each make millions.
 */
export const MOST_NODES = 100_000;

/** Calls inside calls; a function of modules calls as deep as modules are nested. */
const DEEPEST = 100;

/** What names and attributes stand for inside one call. */
interface Scope {
  readonly value: (name: string) => string;
  readonly node: (node: NodeProto) => string;
  /** What the call gives for the function's attributes. */
  readonly attributes: ReadonlyMap<string, AttributeProto>;
}

/**
 * Puts the bodies of a model's own functions in the place of their calls, functions inside functions too, so that each of their tensors is
 * one of the graph. The model computes what it did. Inner names get the name of the call before them: `layers.3/attention/scores`.
 *
 * A function of other operator versions than the model's, in which an operator means something else, stays a call.
 *
 * @returns the model itself where it has no functions; else a new one that shares weights with it
 * @throws BioxError ONNX_INVALID when a function calls itself, functions are nested deeper than 100, or there would be more than 100,000
 * nodes
 */
export function inlineFunctions(model: Model): Model {
  if (model.functions.length === 0) return model;
  const inliner = new Inliner(model);
  const graph = inliner.graph(requireGraph(model), undefined, []);
  return changed(model, {
    graph,
    functions: calledFunctions(model.functions, graph),
    opsetImport: inliner.opsets.imports(),
  });
}

class Inliner {
  readonly opsets: Opsets;
  readonly #functions: Functions;
  readonly #values = new Set<string>();
  readonly #names = new Set<string>();
  #nodes = 0;

  constructor(model: Model) {
    this.#functions = new Functions(model);
    this.opsets = new Opsets(model, this.#functions);
    for (const graph of nested(requireGraph(model))) {
      for (const { name } of [...graph.input, ...graph.initializer]) this.#values.add(name);
      for (const { values } of graph.sparseInitializer) this.#values.add(values?.name ?? "");
      for (const { name, output } of graph.node) {
        this.#names.add(name);
        for (const value of output) this.#values.add(value);
      }
    }
  }

  /** A graph with its names as `scope` says and no call that can be avoided. */
  graph(graph: GraphProto, scope: Scope | undefined, calls: readonly FunctionProto[]): GraphProto {
    const node = graph.node.flatMap((one) => this.#node(one, scope, calls));
    if (scope === undefined) return changed(graph, { node });
    // Of a body inside a function: its own names change as well, and what was said of their types is said of others.
    const named = <T extends { name: string }>(values: readonly T[]): T[] =>
      values.map((value) => changed(value, { name: scope.value(value.name) } as Partial<T>));
    return changed(graph, {
      node,
      input: named(graph.input),
      output: named(graph.output),
      initializer: named(graph.initializer),
      sparseInitializer: graph.sparseInitializer.map((one) =>
        one.values ? changed(one, { values: named([one.values])[0]! }) : one,
      ),
      valueInfo: [],
      quantizationAnnotation: [],
    });
  }

  #node(node: NodeProto, scope: Scope | undefined, calls: readonly FunctionProto[]): NodeProto[] {
    const own = changed(node, {
      attribute: node.attribute.flatMap((one) => this.#attribute(one, scope, calls)),
      ...(scope && {
        name: scope.node(node),
        input: node.input.map(scope.value),
        output: node.output.map(scope.value),
      }),
    });
    const called = this.#functions.of(own);
    if (called !== undefined && this.opsets.take(called)) return this.#body(own, called, calls);
    if (++this.#nodes > MOST_NODES) throw invalid(`The model's functions make more than ${MOST_NODES} nodes`);
    return [own];
  }

  #body(call: NodeProto, called: FunctionProto, calls: readonly FunctionProto[]): NodeProto[] {
    if (calls.includes(called)) throw invalid(`The model's function '${called.name}' calls itself`);
    if (calls.length >= DEEPEST) throw invalid(`The model's functions are nested deeper than ${DEEPEST}`);
    const prefix = call.name || call.output.find((name) => name !== "") || call.opType;
    const names = new Map<string, string>([["", ""]]);
    for (const [i, name] of called.input.entries()) names.set(name, call.input[i] ?? "");
    const passed: NodeProto[] = [];
    for (const [i, name] of called.output.entries()) {
      const wanted = call.output[i] ?? "";
      const given = names.get(name);
      // What a function is given and gives back unchanged, or twice, has a name already.
      if (given === undefined) names.set(name, wanted || fresh(this.#values, `${prefix}/${name}`));
      else if (wanted !== "") passed.push(identity(given, wanted));
    }
    const scope: Scope = {
      value: (name) => {
        const known = names.get(name) ?? fresh(this.#values, `${prefix}/${name}`);
        names.set(name, known);
        return known;
      },
      node: ({ name, opType }) => fresh(this.#names, `${prefix}/${name || opType}`),
      attributes: new Map([...called.attributeProto, ...call.attribute].map((one) => [one.name, one])),
    };
    const inner = called.node.flatMap((one) => this.#node(one, scope, [...calls, called]));
    return [...inner, ...passed];
  }

  /** An attribute as it is, with the bodies in it; one that stands for an attribute of the function is what the call says, if anything. */
  #attribute(attribute: AttributeProto, scope: Scope | undefined, calls: readonly FunctionProto[]): AttributeProto[] {
    const { refAttrName, g, graphs } = attribute;
    if (scope && refAttrName !== "") {
      const given = scope.attributes.get(refAttrName);
      return given ? [changed(given, { name: attribute.name })] : [];
    }
    if (g === undefined && graphs.length === 0) return [attribute];
    const bodies = graphs.map((body) => this.graph(body, scope, calls));
    return [changed(attribute, { ...(g && { g: this.graph(g, scope, calls) }), graphs: bodies })];
  }
}

/** A name that is not taken yet, and now is. */
function fresh(taken: Set<string>, wanted: string): string {
  let name = wanted;
  for (let n = 1; taken.has(name); n++) name = `${wanted}_${n}`;
  taken.add(name);
  return name;
}

function identity(from: string, to: string): NodeProto {
  return create(NodeProtoSchema, { opType: "Identity", input: [from], output: [to] });
}
