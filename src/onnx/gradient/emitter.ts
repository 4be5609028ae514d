import { create } from "@bufbuild/protobuf";
import { type Attribute, attributeProto } from "../attribute.js";
import {
  type AttributeProto,
  type NodeProto,
  NodeProtoSchema,
  type TensorProto,
  TensorProto_DataType as Type,
} from "../onnx-ml_pb.js";
import type { FreshNames } from "../quantize/names.js";
import { type ConstantTensor, constant, int64, tensorProto } from "../tensor.js";
import { tensorFact } from "./facts/constant.js";
import { count, isStatic, type Shape } from "./facts/fact.js";
import type { Facts } from "./facts/facts.js";
import { unsupported } from "./unsupported.js";

/** A value's name, or a number that becomes a constant of the other operand's type. */
export type Operand = string | number;

/** Writes the nodes that compute gradients behind those of the model, and knows the shapes of what it writes. */
export class Emitter {
  readonly nodes: NodeProto[] = [];
  readonly initializers: TensorProto[] = [];
  readonly #shared = new Map<string, string>();

  /**
   * @param facts of the model's values; those written are added
   * @param opset 17 or newer: the meaning of the nodes written
   */
  constructor(
    readonly facts: Facts,
    private readonly names: FreshNames,
    readonly opset: number,
  ) {}

  /** Adds a node of one result and gives its name. */
  node(opType: string, inputs: readonly string[], attributes: Readonly<Record<string, Attribute>> = {}): string {
    return this.split(opType, inputs, 1, attributes)[0]!;
  }

  /** Adds a node of several results and gives their names. */
  split(
    opType: string,
    inputs: readonly string[],
    results: number,
    attributes: Readonly<Record<string, Attribute>> = {},
  ): string[] {
    const attribute = Object.entries(attributes).map(([name, value]) => attributeProto(name, value));
    return this.#write(opType, inputs, results, attribute);
  }

  /** Adds a node like one of the model's, of one result, on other inputs. */
  again(node: NodeProto, inputs: readonly string[]): string {
    return this.#write(node.opType, inputs, 1, node.attribute)[0]!;
  }

  add(a: Operand, b: Operand): string {
    return this.#binary("Add", a, b);
  }

  sub(a: Operand, b: Operand): string {
    return this.#binary("Sub", a, b);
  }

  mul(a: Operand, b: Operand): string {
    return this.#binary("Mul", a, b);
  }

  div(a: Operand, b: Operand): string {
    return this.#binary("Div", a, b);
  }

  /**
   * A scalar of the same element type as `like`.
   *
   * @throws BioxError ONNX_UNSUPPORTED where that is neither float32 nor float64
   */
  scalar(value: number, like: string): string {
    const type = this.facts.type(like);
    if (type !== Type.FLOAT && type !== Type.DOUBLE)
      throw unsupported(`a value '${like}' that is not known to be float32 or float64`);
    return this.#constant(`scalar ${type} ${value}`, () =>
      constant(type === Type.DOUBLE ? Float64Array.of(value) : Float32Array.of(value), []),
    );
  }

  /** A list of int64, such as axes. */
  ints(values: readonly number[]): string {
    return this.#constant(`ints ${values.join()}`, () => int64(values));
  }

  /** The extents of a value as a list of int64: a constant where they are known. */
  shapeOf(x: string): string {
    const shape = this.facts.shape(x);
    return isStatic(shape) ? this.ints(shape) : this.#once(`Shape ${x}`, () => this.node("Shape", [x]));
  }

  /** Number of a value's elements as a list of one int64. */
  sizeOf(x: string): string {
    const shape = this.facts.shape(x);
    if (isStatic(shape)) return this.ints([count(shape)]);
    return this.#once(`Size ${x}`, () => this.reshape(this.node("Size", [x]), [1]));
  }

  shape(x: string): Shape {
    return this.facts.shape(x);
  }

  /** @param shape extents, or the name of a list of them */
  reshape(x: string, shape: readonly number[] | string): string {
    const target = typeof shape === "string" ? this.facts.values(shape) : shape;
    const current = this.facts.shape(x);
    if (isStatic(current) && target !== undefined && current.join() === target.join()) return x;
    return this.node("Reshape", [x, typeof shape === "string" ? shape : this.ints(shape)]);
  }

  reshapeLike(x: string, like: string): string {
    return this.reshape(x, this.shapeOf(like));
  }

  /** An axis is added where `axes` say, as the result counts them. */
  unsqueeze(x: string, axes: readonly number[]): string {
    return this.node("Unsqueeze", [x, this.ints(axes)]);
  }

  #write(opType: string, inputs: readonly string[], results: number, attribute: AttributeProto[]): string[] {
    const output = Array.from({ length: results }, () => this.names.fresh(`d/${opType}_${this.nodes.length}`));
    const node = create(NodeProtoSchema, { opType, name: output[0]!, input: [...inputs], output, attribute });
    this.nodes.push(node);
    this.facts.add(node);
    return output;
  }

  #binary(opType: string, a: Operand, b: Operand): string {
    const left = typeof a === "string" ? a : this.scalar(a, b as string);
    return this.node(opType, [left, typeof b === "string" ? b : this.scalar(b, a as string)]);
  }

  #constant(key: string, make: () => ConstantTensor): string {
    return this.#once(key, () => {
      const tensor = tensorProto(make(), this.names.fresh(`d/${key.replaceAll(/[ ,]+/g, "_").slice(0, 40)}`));
      this.initializers.push(tensor);
      this.facts.set(tensor.name, tensorFact(tensor));
      return tensor.name;
    });
  }

  #once(key: string, make: () => string): string {
    const known = this.#shared.get(key);
    if (known !== undefined) return known;
    const name = make();
    this.#shared.set(key, name);
    return name;
  }
}
