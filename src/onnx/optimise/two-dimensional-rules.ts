import type { AttributeProto, NodeProto } from "../onnx-ml_pb.js";
import { plainDomain } from "../opset.js";

/** Where the dimension of 1 goes in: [N, C, T] becomes [N, C, 1, T]. */
export const HEIGHT = 2;

/** What stands in place of one input of an operator that becomes two-dimensional. */
export type Operand =
  /** The value's counterpart [N, C, 1, T]. */
  | { readonly take: "counterpart"; readonly name: string }
  /** The value as it is. */
  | { readonly take: "same"; readonly name: string }
  /** The value, which has one dimension less than it should, with a dimension of 1 at `axis`. */
  | { readonly take: "widened"; readonly name: string; readonly axis: number }
  /** A new constant of int64. */
  | { readonly take: "numbers"; readonly name: string; readonly values: readonly number[] };

/** An operator on [N, C, 1, T] in place of one on [N, C, T]. */
export interface TwoDimensional {
  readonly inputs: readonly Operand[];
  readonly attribute: readonly AttributeProto[];
}

/** What a rule has to know of values. */
export interface Surroundings {
  /** Whether the value has a counterpart already. */
  isLifted(name: string): boolean;
  /** Number of dimensions; undefined where it is not known. */
  rank(name: string): number | undefined;
  /** The numbers of a constant int64 vector. */
  int64s(name: string): number[] | undefined;
}

type Rule = (node: NodeProto, values: Surroundings) => TwoDimensional | undefined;

/** Operators that are the reason for all this: they begin a chain wherever they are one-dimensional. */
const SEEDS: Readonly<Record<string, Rule>> = { Conv: windowed, MaxPool: windowed, AveragePool: windowed };

/** Operators that go along where their input has become two-dimensional: each number, or each channel, for itself. */
const FOLLOWERS: Readonly<Record<string, Rule>> = {
  ...Object.fromEntries(
    [
      ...["BatchNormalization", "InstanceNormalization", "GlobalAveragePool", "GlobalMaxPool"],
      ...["Relu", "LeakyRelu", "Elu", "Selu", "Celu", "Sigmoid", "HardSigmoid", "HardSwish", "Tanh", "Softplus"],
      ...["Softsign", "Mish", "Gelu", "QuickGelu", "Erf", "Abs", "Neg", "Exp", "Log", "Sqrt", "Sin", "Cos", "Clip"],
      ...["ThresholdedRelu", "Identity"],
    ].map((name) => [name, first]),
  ),
  ...Object.fromEntries(["Add", "Sub", "Mul", "Div", "Pow", "Max", "Min", "Sum", "PRelu"].map((name) => [name, each])),
  Concat: concat,
  Pad: pad,
};

/** Of ONNX Runtime's own domain. */
const MICROSOFT: readonly string[] = ["Gelu", "QuickGelu"];

/** How a node becomes two-dimensional; undefined where it stays as it is. */
export function twoDimensional(node: NodeProto, values: Surroundings): TwoDimensional | undefined {
  if (node.output.filter((name) => name !== "").length !== 1 || node.output[0] === "") return undefined;
  const domain = plainDomain(node.domain);
  if (domain !== "" && !(domain === "com.microsoft" && MICROSOFT.includes(node.opType))) return undefined;
  const rule = SEEDS[node.opType] ?? FOLLOWERS[node.opType];
  if (rule === undefined) return undefined;
  if (!(node.opType in SEEDS) && !node.input.some((name) => values.isLifted(name))) return undefined;
  return rule(node, values);
}

function ints(node: NodeProto, key: string): number[] | undefined {
  return node.attribute.find(({ name }) => name === key)?.ints.map(Number);
}

function withInts(node: NodeProto, changed: Readonly<Record<string, readonly number[]>>): AttributeProto[] {
  return node.attribute.map((one) => {
    const values = changed[one.name];
    return values === undefined ? one : { ...one, ints: values.map(BigInt) };
  });
}

/** A window of 1 x k that is moved along time alone. */
function windowed(node: NodeProto, values: Surroundings): TwoDimensional | undefined {
  const [x, weight, ...rest] = node.input;
  const kernel = ints(node, "kernel_shape");
  const dimensions = kernel?.length ?? (values.rank(weight ?? "") ?? 0) - HEIGHT;
  if (x === undefined || dimensions !== 1) return undefined;
  const changed: Record<string, readonly number[]> = {};
  for (const key of ["kernel_shape", "strides", "dilations"]) {
    const given = ints(node, key);
    if (given === undefined) continue;
    if (given.length !== 1) return undefined;
    changed[key] = [1, given[0]!];
  }
  const pads = ints(node, "pads");
  if (pads !== undefined) {
    if (pads.length !== 2) return undefined;
    changed.pads = [0, pads[0]!, 0, pads[1]!];
  }
  const inputs: Operand[] = [{ take: "counterpart", name: x }];
  if (weight !== undefined) inputs.push({ take: "widened", name: weight, axis: HEIGHT });
  inputs.push(...rest.map(same));
  return { inputs, attribute: withInts(node, changed) };
}

const same = (name: string): Operand => ({ take: "same", name });

/** The first input is the signal; others belong to channels, or are scalars. */
function first(node: NodeProto, values: Surroundings): TwoDimensional | undefined {
  const [x = "", ...rest] = node.input;
  if (!values.isLifted(x) || node.attribute.some(({ name, i }) => name === "training_mode" && i !== 0n))
    return undefined;
  return { inputs: [{ take: "counterpart", name: x }, ...rest.map(same)], attribute: node.attribute };
}

/** The inputs are broadcast to one another, last dimension to last dimension. */
function each(node: NodeProto, values: Surroundings): TwoDimensional | undefined {
  const inputs: Operand[] = [];
  for (const name of node.input) {
    const rank = values.rank(name);
    if (values.isLifted(name)) inputs.push({ take: "counterpart", name });
    else if (rank === 0 || rank === 1) inputs.push(same(name));
    else if (rank === 2 || rank === 3) inputs.push({ take: "widened", name, axis: rank - 1 });
    else return undefined;
  }
  return { inputs, attribute: node.attribute };
}

function concat(node: NodeProto, values: Surroundings): TwoDimensional | undefined {
  if (!node.input.every((name) => values.isLifted(name) || values.rank(name) === 3)) return undefined;
  const axis = Number(node.attribute.find(({ name }) => name === "axis")?.i ?? Number.NaN);
  if (!(axis >= -3 && axis < 3)) return undefined;
  const position = axis < 0 ? axis + 3 : axis;
  return {
    inputs: node.input.map((name) =>
      values.isLifted(name) ? { take: "counterpart", name } : { take: "widened", name, axis: HEIGHT },
    ),
    attribute: node.attribute.map((one) =>
      one.name === "axis" ? { ...one, i: BigInt(position < HEIGHT ? position : position + 1) } : one,
    ),
  };
}

/** Opset 11 and newer: the widths are an input. */
function pad(node: NodeProto, values: Surroundings): TwoDimensional | undefined {
  const [x = "", widths = "", value, axes = ""] = node.input;
  const [n, c, t, nEnd, cEnd, tEnd, ...more] = values.int64s(widths) ?? [];
  if (!values.isLifted(x) || axes !== "" || tEnd === undefined || more.length > 0) return undefined;
  const inputs: Operand[] = [
    { take: "counterpart", name: x },
    { take: "numbers", name: widths, values: [n!, c!, 0, t!, nEnd!, cEnd!, 0, tEnd] },
  ];
  if (value !== undefined) inputs.push(same(value));
  return { inputs, attribute: node.attribute };
}
