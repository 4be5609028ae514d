import type { AttributeProto, NodeProto, TensorProto } from "../onnx-ml_pb.js";
import { plainDomain } from "../opset.js";

const utf8 = new TextDecoder();

/** A node as its rule reads it: attributes under their names, with the defaults that the operator's definition gives. */
export class Call {
  constructor(readonly node: NodeProto) {}

  /** `MatMul`, or with its domain `com.microsoft.MatMul` where that is not ONNX's own. */
  get operator(): string {
    const domain = plainDomain(this.node.domain);
    return domain === "" ? this.node.opType : `${domain}.${this.node.opType}`;
  }

  /** How messages call the node: exporters often leave the name out, results always have one. */
  get label(): string {
    return `${this.operator} (node '${this.node.name || this.output()}')`;
  }

  /** Name of an input; "" where it is left out. */
  input(index = 0): string {
    return this.node.input[index] ?? "";
  }

  /** Name of a result; "" where it is not asked for. */
  output(index = 0): string {
    return this.node.output[index] ?? "";
  }

  int(name: string, fallback: number): number {
    const found = this.#attribute(name);
    return found === undefined ? fallback : Number(found.i);
  }

  ints(name: string): readonly number[] | undefined {
    return this.#attribute(name)?.ints.map(Number);
  }

  float(name: string, fallback: number): number {
    return this.#attribute(name)?.f ?? fallback;
  }

  string(name: string, fallback: string): string {
    const found = this.#attribute(name);
    return found === undefined ? fallback : utf8.decode(found.s);
  }

  tensor(name: string): TensorProto | undefined {
    return this.#attribute(name)?.t;
  }

  has(name: string): boolean {
    return this.#attribute(name) !== undefined;
  }

  #attribute(name: string): AttributeProto | undefined {
    return this.node.attribute.find((one) => one.name === name);
  }
}
