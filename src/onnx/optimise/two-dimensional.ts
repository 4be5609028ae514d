import { create } from "@bufbuild/protobuf";
import { attr, attributeProto } from "../attribute.js";
import type { Model } from "../model.js";
import { type GraphProto, type NodeProto, NodeProtoSchema, type TensorProto } from "../onnx-ml_pb.js";
import { dropUnused, FreshNames } from "../quantize/names.js";
import { opsetOf } from "../read.js";
import { int64, tensorProto } from "../tensor.js";
import { bodies, nested } from "../walk.js";
import { KnownValues } from "./known.js";
import { HEIGHT, type Operand, type TwoDimensional, twoDimensional } from "./two-dimensional-rules.js";

/** The first opset with Pad's widths as an input; older graphs are left alone. */
const LEAST_OPSET = 11;
/** The first opset with the axes of Squeeze and Unsqueeze as an input. */
const AXES_ARE_INPUT = 13;

/**
 * Makes chains of one-dimensional operators [N, C, T] two-dimensional with a height of 1: [N, C, 1, T]. The results are the
 * same but for rounding; ONNX Runtime has its kernels on blocks of channels (NCHWc) for two dimensions only.
 *
 * A chain begins at a one-dimensional Conv, MaxPool or AveragePool, takes along what works on each number or channel for
 * itself, and is left wherever another operator needs one of its values. Bodies of Loop, Scan and If stay as they are.
 * Changes the model.
 *
 * @returns number of Conv, MaxPool and AveragePool that became two-dimensional
 */
export function makeTwoDimensional(model: Model): number {
  if (opsetOf(model) < LEAST_OPSET) return 0;
  const graph = model.graph!;
  const known = new KnownValues(graph);
  const plans = plan(graph, known);
  if (plans.size === 0) return 0;
  const lift = new Lift(model, known, neededOutside(graph, plans));
  for (const node of graph.node) lift.add(node, plans.get(node));
  graph.node = lift.nodes;
  graph.initializer.push(...lift.initializers);
  dropUnused(graph, lift.replaced);
  const made = new Set(graph.node.flatMap(({ output }) => output));
  graph.valueInfo = graph.valueInfo.filter(({ name }) => made.has(name));
  return [...plans.keys()].filter(({ opType }) => ["Conv", "MaxPool", "AveragePool"].includes(opType)).length;
}

/** How each node of a chain becomes two-dimensional. */
function plan(graph: GraphProto, known: KnownValues): Map<NodeProto, TwoDimensional> {
  const lifted = new Set<string>();
  const values = {
    isLifted: (name: string) => lifted.has(name),
    rank: (name: string) => known.rank(name),
    int64s: (name: string) => known.int64s(name),
  };
  const plans = new Map<NodeProto, TwoDimensional>();
  for (const node of graph.node) {
    const how = twoDimensional(node, values);
    if (how === undefined) continue;
    plans.set(node, how);
    lifted.add(node.output[0]!);
  }
  return plans;
}

/** Values that somebody takes as they were: an operator that stays, a body, or the caller. */
function neededOutside(graph: GraphProto, plans: ReadonlyMap<NodeProto, TwoDimensional>): Set<string> {
  const needed = new Set(graph.output.map(({ name }) => name));
  for (const node of graph.node) {
    if (!plans.has(node)) for (const name of node.input) needed.add(name);
    for (const body of bodies(node))
      for (const inner of nested(body)) {
        for (const { name } of inner.output) needed.add(name);
        for (const { input } of inner.node) for (const name of input) needed.add(name);
      }
  }
  return needed;
}

/** Writes the new nodes, and remembers what they can share. */
class Lift {
  readonly nodes: NodeProto[] = [];
  readonly initializers: TensorProto[] = [];
  /** Values that have another in their place now. */
  readonly replaced = new Set<string>();
  readonly #names: FreshNames;
  readonly #axesAreInput: boolean;
  /** By the name of what they stand for, and the axis. */
  readonly #widened = new Map<string, string>();
  readonly #axes = new Map<number, string>();
  readonly #numbers = new Map<string, string>();

  constructor(
    model: Model,
    private readonly known: KnownValues,
    private readonly needed: ReadonlySet<string>,
  ) {
    this.#names = new FreshNames(model);
    this.#axesAreInput = opsetOf(model) >= AXES_ARE_INPUT;
  }

  add(node: NodeProto, how: TwoDimensional | undefined): void {
    if (how === undefined) {
      this.nodes.push(node);
      return;
    }
    const before = node.output[0]!;
    const output = this.#names.fresh(`${before}_2d`);
    const input = how.inputs.map((operand) => this.#operand(operand));
    this.nodes.push({ ...node, input, output: [output], attribute: [...how.attribute] });
    this.#widened.set(key(before, HEIGHT), output);
    if (this.needed.has(before)) this.#reshape("Squeeze", output, before, HEIGHT);
  }

  #operand(operand: Operand): string {
    switch (operand.take) {
      case "same":
        return operand.name;
      case "numbers":
        return this.#constantNumbers(operand.name, operand.values);
      case "counterpart":
        return this.#wider(operand.name, HEIGHT);
      case "widened":
        return this.#wider(operand.name, operand.axis);
    }
  }

  /** The value with a dimension of 1 at `axis`: what is there already, a constant of another shape, or an Unsqueeze. */
  #wider(name: string, axis: number): string {
    if (name === "") return "";
    const known = this.#widened.get(key(name, axis));
    if (known !== undefined) return known;
    const wider = this.#names.fresh(`${name}_2d`);
    this.#widened.set(key(name, axis), wider);
    const tensor = this.known.constant(name);
    if (tensor && tensor.dims.length >= axis) {
      this.initializers.push({ ...tensor, name: wider, dims: tensor.dims.toSpliced(axis, 0, 1n) });
      this.replaced.add(name);
    } else this.#reshape("Unsqueeze", name, wider, axis);
    return wider;
  }

  #reshape(opType: "Squeeze" | "Unsqueeze", from: string, to: string, axis: number): void {
    const [input, attribute] = this.#axesAreInput
      ? [[from, this.#axis(axis)], []]
      : [[from], [attributeProto("axes", attr.ints([axis]))]];
    this.nodes.push(create(NodeProtoSchema, { opType, name: to, input, output: [to], attribute }));
  }

  #axis(axis: number): string {
    let name = this.#axes.get(axis);
    if (name === undefined) {
      name = this.#names.fresh(`axis_${axis}`);
      this.#axes.set(axis, name);
      this.initializers.push(tensorProto(int64([axis]), name));
    }
    return name;
  }

  #constantNumbers(name: string, values: readonly number[]): string {
    let stored = this.#numbers.get(name);
    if (stored === undefined) {
      stored = this.#names.fresh(`${name}_2d`);
      this.#numbers.set(name, stored);
      this.initializers.push(tensorProto(int64(values), stored));
      this.replaced.add(name);
    }
    return stored;
  }
}

const key = (name: string, axis: number): string => `${axis} ${name}`;
