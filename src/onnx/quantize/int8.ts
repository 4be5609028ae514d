import { create } from "@bufbuild/protobuf";
import { type Attribute, attr, attributeProto } from "../attribute.js";
import { DATA_TYPE } from "../data-type.js";
import type { Model } from "../model.js";
import { type NodeProto, NodeProtoSchema } from "../onnx-ml_pb.js";
import { plainDomain } from "../opset.js";
import { invalid, opsetOf } from "../read.js";
import { type ConstantTensor, constant, tensorProto } from "../tensor.js";
import { Constants, transposed } from "./constants.js";
import { dropUnused, FreshNames } from "./names.js";
import { LEAST_NUMBERS, type Rewritten } from "./report.js";
import { toInt8 } from "./weights.js";

/** The first opset with DynamicQuantizeLinear. */
const LEAST_OPSET = 11;

/** A product x W + bias, of which W is constant. */
interface Product {
  readonly x: string;
  readonly weight: string;
  /** Whether W lies there as its transpose. */
  readonly flipped: boolean;
  /** Of the product. */
  readonly factor: number;
  readonly bias: string | undefined;
}

/**
 * Has every MatMul and Gemm with a constant matrix computed in int8: the activation is rounded to uint8 by its own range
 * at each run, the matrix once, here ({@link toInt8}). Changes the model.
 *
 * The nodes are those that ONNX Runtime merges into one operator, DynamicQuantizeMatMul or MatMulIntegerToFloat:
 *
 * ```text
 * DynamicQuantizeLinear(x) -> MatMulInteger -> Cast -> Mul(scale of x * scales of W) [-> Add(bias)]
 * ```
 *
 * An activation that several products share is rounded once. Conv stays as it is: ONNX Runtime's ConvInteger takes
 * several times as long as its Conv. So do matrices of fewer than {@link LEAST_NUMBERS} numbers, in which there is
 * nothing to gain, and bodies of Loop, Scan and If.
 *
 * @throws BioxError ONNX_INVALID when the model is older than opset 11, or a tensor is broken
 */
export function quantizeProducts(model: Model, name: string): Rewritten {
  const graph = model.graph!;
  const constants = new Constants(graph);
  const rewrite = new Rewrite(model);
  const freed = new Set<string>();
  const kept: Rewritten["kept"][number][] = [];
  const nodes: NodeProto[] = [];
  for (const node of graph.node) {
    const product = productOf(node);
    const found = product && constants.matrix(product.weight);
    if (!product || !found || found.values.length < LEAST_NUMBERS) {
      nodes.push(node);
      continue;
    }
    if (!found.values.every(Number.isFinite)) {
      kept.push({ name: product.weight, reason: "holds numbers that are not finite" });
      nodes.push(node);
      continue;
    }
    if (opsetOf(model) < LEAST_OPSET)
      throw invalid(`${name} is of opset ${opsetOf(model)}, but int8 needs opset ${LEAST_OPSET} or newer`);
    nodes.push(...rewrite.product(node, product, () => toMatrix(product.flipped ? transposed(found) : found)));
    freed.add(product.weight);
  }
  graph.node = nodes;
  graph.initializer.push(...rewrite.initializers);
  dropUnused(graph, freed);
  return { tensors: freed.size, kept };
}

const toMatrix = ({ values, shape }: { values: Float32Array; shape: readonly number[] }) =>
  toInt8(values, shape[0]!, shape[1]!);

/** The product that a node computes; undefined for other nodes and for forms that are left alone. */
function productOf(node: NodeProto): Product | undefined {
  if (plainDomain(node.domain) !== "" || node.output.length !== 1) return undefined;
  const [x = "", weight = "", bias] = node.input;
  if (node.opType === "MatMul") return { x, weight, flipped: false, factor: 1, bias: undefined };
  if (node.opType !== "Gemm") return undefined;
  const attribute = (name: string) => node.attribute.find((one) => one.name === name);
  if ((attribute("transA")?.i ?? 0n) !== 0n || (attribute("beta")?.f ?? 1) !== 1) return undefined;
  return {
    x,
    weight,
    flipped: (attribute("transB")?.i ?? 0n) !== 0n,
    factor: attribute("alpha")?.f ?? 1,
    bias: bias === "" ? undefined : bias,
  };
}

/** Writes the nodes in place of products, and remembers what they can share. */
class Rewrite {
  readonly initializers: ReturnType<typeof tensorProto>[] = [];
  readonly #names: FreshNames;
  readonly #rounded = new Map<string, readonly [values: string, scale: string, zero: string]>();
  readonly #matrices = new Map<string, readonly [values: string, scales: string]>();

  constructor(model: Model) {
    this.#names = new FreshNames(model);
  }

  product(node: NodeProto, product: Product, matrix: () => ReturnType<typeof toInt8>): NodeProto[] {
    const { x, bias } = product;
    const y = node.output[0]!;
    const nodes: NodeProto[] = [];
    let rounded = this.#rounded.get(x);
    if (rounded === undefined) {
      rounded = [this.#fresh(x, "uint8"), this.#fresh(x, "scale"), this.#fresh(x, "zero")];
      this.#rounded.set(x, rounded);
      nodes.push(operator("DynamicQuantizeLinear", [x], rounded));
    }
    const [values, scale, zero] = rounded;
    const [weights, scales] = this.#matrix(product, matrix);
    const [sums, sumsFloat, factors] = [this.#fresh(y, "sums"), this.#fresh(y, "float"), this.#fresh(y, "factors")];
    const scaled = bias === undefined ? y : this.#fresh(y, "product");
    nodes.push(
      operator("MatMulInteger", [values, weights, zero], [sums]),
      operator("Cast", [sums], [sumsFloat], { to: attr.int(DATA_TYPE.float32) }),
      operator("Mul", [scale, scales], [factors]),
      operator("Mul", [sumsFloat, factors], [scaled]),
    );
    if (bias !== undefined) nodes.push(operator("Add", [scaled, bias], [y]));
    return nodes;
  }

  #matrix({ weight, flipped, factor }: Product, make: () => ReturnType<typeof toInt8>): readonly [string, string] {
    const key = `${flipped} ${factor} ${weight}`;
    const known = this.#matrices.get(key);
    if (known) return known;
    const { rows, columns, values, scales } = make();
    const names = [
      this.#constant(`${weight}_int8`, constant(values, [rows, columns])),
      this.#constant(
        `${weight}_scales`,
        constant(
          scales.map((scale) => scale * factor),
          [columns],
        ),
      ),
    ] as const;
    this.#matrices.set(key, names);
    return names;
  }

  #constant(wanted: string, tensor: ConstantTensor): string {
    const name = this.#names.fresh(wanted);
    this.initializers.push(tensorProto(tensor, name));
    return name;
  }

  #fresh(value: string, what: string): string {
    return this.#names.fresh(`${value}_${what}`);
  }
}

function operator(
  opType: string,
  input: readonly string[],
  output: readonly string[],
  attributes: Readonly<Record<string, Attribute>> = {},
): NodeProto {
  const attribute = Object.entries(attributes).map(([name, value]) => attributeProto(name, value));
  return create(NodeProtoSchema, { opType, name: output[0]!, input: [...input], output: [...output], attribute });
}
