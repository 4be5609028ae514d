import { fromFloat16 } from "../../bundle/half.js";
import { type GraphProto, type NodeProto, type TensorProto, TensorProto_DataType as Type } from "../onnx-ml_pb.js";
import { plainDomain } from "../opset.js";
import { invalid } from "../read.js";

/** Numbers of a constant, row-major. */
export interface FloatTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/**
 * The float32 numbers of a tensor; undefined for other element types. float16 is taken, too, when `half` is true.
 *
 * @throws BioxError ONNX_INVALID when their number is not that of its shape
 */
export function floatTensor(tensor: TensorProto, half = false): FloatTensor | undefined {
  const single = tensor.dataType === Type.FLOAT;
  if (!single && !(half && tensor.dataType === Type.FLOAT16)) return undefined;
  const shape = tensor.dims.map(Number);
  const values = single ? singles(tensor) : halves(tensor);
  const count = shape.reduce((a, b) => a * b, 1);
  if (values.length !== count || shape.some((extent) => extent < 0))
    throw invalid(`Tensor '${tensor.name}' of shape [${shape.join(", ")}] holds ${values.length} numbers`);
  return { shape, values };
}

function singles({ rawData, floatData }: TensorProto): Float32Array {
  if (rawData.length === 0) return Float32Array.from(floatData);
  // A copy, since a view needs an aligned start.
  return new Float32Array(rawData.slice(0, rawData.length - (rawData.length % 4)).buffer);
}

function halves({ rawData, int32Data }: TensorProto): Float32Array {
  const even = rawData.length - (rawData.length % 2);
  const bits = rawData.length === 0 ? Uint16Array.from(int32Data) : new Uint16Array(rawData.slice(0, even).buffer);
  return Float32Array.from(bits, fromFloat16);
}

/** Finds what is constant in a graph: initializers, Constant nodes, and these through Identity, Cast or Transpose. */
export class Constants {
  readonly #initializers = new Map<string, TensorProto>();
  readonly #makers = new Map<string, NodeProto>();

  constructor(graph: GraphProto) {
    for (const tensor of graph.initializer) this.#initializers.set(tensor.name, tensor);
    for (const node of graph.node) for (const output of node.output) this.#makers.set(output, node);
  }

  /** The constant of that name in float32; undefined where it is anything else. */
  float(name: string): FloatTensor | undefined {
    return this.#resolve(name, new Set(), false);
  }

  /** The constant of that name as a float32 matrix; undefined where it is anything else. */
  matrix(name: string): FloatTensor | undefined {
    const found = this.float(name);
    return found?.shape.length === 2 ? found : undefined;
  }

  /**
   * `seen` ends the walk in a graph that, against the rules, goes in circles; `half` takes float16, which counts behind a
   * Cast to float32 only.
   */
  #resolve(name: string, seen: Set<string>, half: boolean): FloatTensor | undefined {
    const tensor = this.#initializers.get(name);
    if (tensor) return floatTensor(tensor, half);
    const maker = this.#makers.get(name);
    if (maker === undefined || seen.has(name) || plainDomain(maker.domain) !== "") return undefined;
    seen.add(name);
    const attribute = (key: string) => maker.attribute.find((one) => one.name === key);
    const from = maker.input[0] ?? "";
    switch (maker.opType) {
      case "Constant": {
        const value = attribute("value")?.t;
        return value && floatTensor(value, half);
      }
      case "Identity":
        return this.#resolve(from, seen, half);
      case "Cast":
        return attribute("to")?.i === BigInt(Type.FLOAT) ? this.#resolve(from, seen, true) : undefined;
      case "Transpose": {
        const inner = this.#resolve(from, seen, half);
        const perm = attribute("perm")?.ints.join() ?? "1,0";
        return inner?.shape.length === 2 && perm === "1,0"
          ? transposed(inner)
          : inner && perm === "0,1"
            ? inner
            : undefined;
      }
      default:
        return undefined;
    }
  }
}

/** The transpose of a matrix. */
export function transposed({ shape, values }: FloatTensor): FloatTensor {
  const [rows, columns] = shape as [number, number];
  const out = new Float32Array(values.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[j * rows + i] = values[i * columns + j]!;
  return { shape: [columns, rows], values: out };
}
