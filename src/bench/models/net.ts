import {
  type Attribute,
  attr,
  type ConstantTensor,
  constant,
  type Dimension,
  GraphBuilder,
  int64,
} from "../../onnx/index.js";
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

  /**
   * @param openBatch leave the first dimension of all values open, so that the graph takes several windows at once; else it is that
   * of one window
   */
  constructor(
    name: string,
    seed: number,
    private readonly openBatch = false,
  ) {
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

  /** Declares the graph's input, float32; `shape` is that of one window. Returns its name. */
  input(name: string, shape: readonly number[]): string {
    return this.graph.input(name, "float32", this.#declared(shape));
  }

  /** Makes a value the graph's output under a name; `shape` is that of one window. */
  output(x: string, name: string, shape: readonly number[]): void {
    this.graph.node("Identity", [x], { outputs: [name] });
    this.graph.output(name, "float32", this.#declared(shape));
  }

  /** `shape` is that of one window; in it 0 stands for the extent that is there, and -1 for what remains. */
  reshape(x: string, shape: readonly number[]): string {
    const [first, ...rest] = shape;
    const several = this.openBatch && first !== 0 ? [-1, ...rest] : shape;
    return this.node("Reshape", [x, this.ints(several)]);
  }

  /** A value [1, ...rest] repeated as often as `like` has rows. Rows are those of one window where the batch is not open. */
  repeat(x: string, like: string, rows: number, rest: readonly number[]): string {
    if (!this.openBatch) return rows === 1 ? x : this.node("Expand", [x, this.ints([rows, ...rest])]);
    const count = this.slice(this.node("Shape", [like]), 0, 0, 1);
    return this.node("Expand", [x, this.concat([count, this.ints(rest)], 0)]);
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

  /** Rows of a window that is itself several (the signals of one window side by side) are open under another name. */
  #declared([first = 1, ...rest]: readonly number[]): Dimension[] {
    if (!this.openBatch) return [first, ...rest];
    return [first === 1 ? "windows" : "rows", ...rest];
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
