import { type Attribute, attr, type ConstantTensor, constant, GraphBuilder, int64 } from "../../onnx/index.js";
import { fillUniform, seedOf } from "./random.js";

/**
 * A graph under construction with random weights.
 *
 * A weight's values depend on its name and the seed alone, so a half holds the same weights as the whole model.
 */
export class Net {
  readonly graph: GraphBuilder;
  /** Learnable numbers so far; constants such as shapes and running statistics are none. */
  parameters = 0;
  readonly #seed: number;
  readonly #constants = new Map<string, string>();

  constructor(name: string, seed: number) {
    this.graph = new GraphBuilder(name);
    this.#seed = seed;
  }

  /** A learnable tensor of values spread evenly over centre - bound to centre + bound. Returns its name. */
  weight(name: string, shape: readonly number[], bound: number, centre = 0): string {
    const values = fillUniform(new Float32Array(product(shape)), seedOf(name, this.#seed), bound);
    if (centre !== 0) for (let i = 0; i < values.length; i++) values[i] = values[i]! + centre;
    this.parameters += values.length;
    return this.graph.initializer(name, constant(values, shape));
  }

  /** A tensor that is not learnt. */
  fixed(name: string, values: Float32Array, shape: readonly number[]): string {
    return this.graph.initializer(name, constant(values, shape));
  }

  /** A float32 scalar; equal ones are one. */
  scalar(value: number): string {
    return this.#shared(`scalar_${value}`, () => constant(Float32Array.of(value), []));
  }

  /** A list of int64, such as a shape or axes; equal ones are one. */
  ints(values: readonly number[]): string {
    return this.#shared(`ints_${values.join("_")}`, () => int64(values));
  }

  /** An int64 scalar, such as the index of a Gather that drops its dimension. */
  int(value: number): string {
    return this.#shared(`int_${value}`, () => int64([value], []));
  }

  node(opType: string, inputs: readonly string[], attributes: Readonly<Record<string, Attribute>> = {}): string {
    return this.graph.node(opType, inputs, { attributes });
  }

  reshape(x: string, shape: readonly number[]): string {
    return this.node("Reshape", [x, this.ints(shape)]);
  }

  transpose(x: string, perm: readonly number[]): string {
    return this.node("Transpose", [x], { perm: attr.ints(perm) });
  }

  /** Elements `start` to `end` (exclusive) of one axis. */
  slice(x: string, axis: number, start: number, end: number): string {
    return this.node("Slice", [x, this.ints([start]), this.ints([end]), this.ints([axis])]);
  }

  concat(values: readonly string[], axis: number): string {
    return this.node("Concat", values, { axis: attr.int(axis) });
  }

  #shared(name: string, make: () => ConstantTensor): string {
    const known = this.#constants.get(name);
    if (known !== undefined) return known;
    this.#constants.set(name, this.graph.initializer(name, make()));
    return name;
  }
}

export function product(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}
