/**
 * ONNX Runtime has no float64 kernels for Erf, Gelu, Conv, ConvTranspose, InstanceNormalization and GlobalAveragePool. For graphs with
 * them to be
 * computed in float64, they are written in operators that have: here from the definitions of the operators, not from their
 * gradients.
 */

import { create } from "@bufbuild/protobuf";
import { type Attribute, attr, attributeProto } from "../../../src/onnx/attribute.js";
import { Call } from "../../../src/onnx/gradient/call.js";
import { Facts } from "../../../src/onnx/gradient/facts/facts.js";
import { type ConstantTensor, constant, int64, type Model } from "../../../src/onnx/index.js";
import { type NodeProto, NodeProtoSchema, type TensorProto } from "../../../src/onnx/onnx-ml_pb.js";
import { tensorProto } from "../../../src/onnx/tensor.js";
import { type Axis, places, product } from "./windows.js";

/** Writes the nodes that stand for one. */
class Writer {
  readonly nodes: NodeProto[] = [];
  readonly initializers: TensorProto[] = [];
  #count = 0;

  node(opType: string, input: string[], attributes: Record<string, Attribute> = {}, output = this.#name()): string {
    const attribute = Object.entries(attributes).map(([name, value]) => attributeProto(name, value));
    this.nodes.push(create(NodeProtoSchema, { opType, input, output: [output], attribute }));
    return output;
  }

  constant(tensor: ConstantTensor): string {
    const name = this.#name();
    this.initializers.push(tensorProto(tensor, name));
    return name;
  }

  number = (value: number) => this.constant(constant(Float64Array.of(value), []));
  ints = (values: readonly number[]) => this.constant(int64(values));
  reshape = (x: string, shape: readonly number[]) => this.node("Reshape", [x, this.ints(shape)]);
  #name = () => `float64/${this.#count++}`;
}

type Substitute = (call: Call, shape: (name: string) => readonly number[], write: Writer) => string;

/** erf(x) = 2 / sqrt(pi) x exp(-x^2) sum of (2 x^2)^n / (2 n + 1)!!: all terms are positive; 80 do for |x| < 4. */
function erf(write: Writer, x: string): string {
  const square = write.node("Mul", [x, x]);
  const doubled = write.node("Mul", [square, write.number(2)]);
  const one = write.number(1);
  let sum = one;
  for (let n = 80; n >= 1; n--) {
    const term = write.node("Mul", [doubled, write.number(1 / (2 * n + 1))]);
    sum = write.node("Add", [write.node("Mul", [sum, term]), one]);
  }
  const bell = write.node("Exp", [write.node("Neg", [square])]);
  const slope = write.node("Mul", [write.node("Mul", [x, bell]), write.number(2 / Math.sqrt(Math.PI))]);
  return write.node("Mul", [slope, sum]);
}

const gelu: Substitute = (call, _shape, write) => {
  const x = call.input();
  let gate: string;
  if (call.string("approximate", "none") === "tanh") {
    const cube = write.node("Mul", [write.node("Mul", [x, x]), x]);
    const inner = write.node("Add", [x, write.node("Mul", [cube, write.number(0.044715)])]);
    gate = write.node("Tanh", [write.node("Mul", [inner, write.number(Math.sqrt(2 / Math.PI))])]);
  } else gate = erf(write, write.node("Div", [x, write.number(Math.SQRT2)]));
  const open = write.node("Add", [gate, write.number(1)]);
  return write.node("Mul", [write.node("Mul", [x, open]), write.number(0.5)]);
};

const instanceNorm: Substitute = (call, shape, write) => {
  const x = call.input();
  const extents = shape(x);
  const flat = write.reshape(x, [extents[0]!, extents[1]!, -1]);
  const mean = (value: string) =>
    write.node("Div", [write.node("ReduceSum", [value, write.ints([2])]), write.number(product(extents.slice(2)))]);
  const centred = write.node("Sub", [flat, mean(flat)]);
  const variance = mean(write.node("Mul", [centred, centred]));
  const epsilon = write.number(call.float("epsilon", 1e-5));
  const normed = write.node("Div", [centred, write.node("Sqrt", [write.node("Add", [variance, epsilon])])]);
  const [scale, shift] = [call.input(1), call.input(2)].map((name) => write.reshape(name, [-1, 1]));
  return write.reshape(write.node("Add", [write.node("Mul", [normed, scale!]), shift!]), extents);
};

/** Columns of all that a window sees, times the weights as a matrix, by group. */
const conv: Substitute = (call, shape, write) => {
  const [x, weight] = [call.input(0), call.input(1)];
  const [n, channels, ...space] = shape(x);
  const [made, perGroup, ...kernel] = shape(weight);
  const groups = call.int("group", 1);
  const axes = axesOf(call, space, kernel);
  const padded = pad(write, x, axes);
  const index = places(axes, kernel);
  const flat = write.reshape(padded, [n!, channels!, -1]);
  const columns = write.node("Gather", [flat, write.ints(index)], { axis: attr.int(2) });
  const byGroup = write.reshape(columns, [n!, groups, perGroup! * product(kernel), -1]);
  const matrix = write.reshape(weight, [groups, made! / groups, -1]);
  const result = write.reshape(write.node("MatMul", [matrix, byGroup]), [n!, made!, ...axes.map(({ count }) => count)]);
  if (call.input(2) === "") return result;
  return write.node("Add", [result, write.reshape(call.input(2), [-1, ...kernel.map(() => 1)])]);
};

/** Each element spreads the weights over its window; what falls on the same place is added up. */
const convTranspose: Substitute = (call, shape, write) => {
  const [x, weight] = [call.input(0), call.input(1)];
  const [n, channels, ...counts] = shape(x);
  const [, perGroup, ...kernel] = shape(weight);
  const groups = call.int("group", 1);
  const made = perGroup! * groups;
  const axes = counts.map((count, i): Axis => {
    const stride = call.ints("strides")?.[i] ?? 1;
    const dilation = call.ints("dilations")?.[i] ?? 1;
    const pads = call.ints("pads") ?? kernel.flatMap(() => [0, 0]);
    const extra = call.ints("output_padding")?.[i] ?? 0;
    const [before, after] = [pads[i]!, pads[i + kernel.length]!];
    const extent = stride * (count - 1) + extra + (kernel[i]! - 1) * dilation + 1 - before - after;
    return { extent, stride, dilation, before, after, count };
  });
  const matrix = write.reshape(weight, [groups, channels! / groups, -1]);
  const turned = write.node("Transpose", [matrix], { perm: attr.ints([0, 2, 1]) });
  const byGroup = write.reshape(x, [n!, groups, channels! / groups, -1]);
  const columns = write.reshape(write.node("MatMul", [turned, byGroup]), [n! * made, -1]);
  const index = write.node("Expand", [write.ints(places(axes, kernel)), write.node("Shape", [columns])]);
  const whole = axes.map(({ extent, before, after }) => before + extent + after);
  const zeros = write.constant(constant(new Float64Array(n! * made * product(whole)), [n! * made, product(whole)]));
  const sum = write.node("ScatterElements", [zeros, index, columns], {
    axis: attr.int(1),
    reduction: attr.string("add"),
  });
  const all = write.reshape(sum, [n!, made, ...whole]);
  const starts = write.ints(axes.map(({ before }) => before));
  const ends = write.ints(axes.map(({ before, extent }) => before + extent));
  return write.node("Slice", [all, starts, ends, write.ints(axes.map((_, i) => i + 2))]);
};

function axesOf(call: Call, space: readonly number[], kernel: readonly number[]): Axis[] {
  return space.map((extent, i): Axis => {
    const stride = call.ints("strides")?.[i] ?? 1;
    const dilation = call.ints("dilations")?.[i] ?? 1;
    const reach = (kernel[i]! - 1) * dilation + 1;
    const auto = call.string("auto_pad", "NOTSET");
    let [before, after] = [call.ints("pads")?.[i] ?? 0, call.ints("pads")?.[i + kernel.length] ?? 0];
    if (auto.startsWith("SAME")) {
      const total = Math.max(0, (Math.ceil(extent / stride) - 1) * stride + reach - extent);
      before = auto === "SAME_LOWER" ? Math.ceil(total / 2) : Math.floor(total / 2);
      after = total - before;
    }
    return {
      extent,
      stride,
      dilation,
      before,
      after,
      count: Math.floor((extent + before + after - reach) / stride) + 1,
    };
  });
}

function pad(write: Writer, x: string, axes: readonly Axis[]): string {
  const pads = [0, 0, ...axes.map(({ before }) => before), 0, 0, ...axes.map(({ after }) => after)];
  return write.node("Pad", [x, write.ints(pads), write.number(0)]);
}

const SUBSTITUTES: Readonly<Record<string, Substitute>> = {
  Erf: (call, _shape, write) => erf(write, call.input()),
  Gelu: gelu,
  InstanceNormalization: instanceNorm,
  Conv: conv,
  ConvTranspose: convTranspose,
  GlobalAveragePool: (call, shape, write) =>
    write.node("ReduceMean", [call.input()], {
      axes: attr.ints(shape(call.input()).flatMap((_, i) => (i < 2 ? [] : [i]))),
    }),
};

/** Puts other operators in the place of those without a float64 kernel. All shapes must be fixed. Changes the model. */
export function withFloat64Kernels(model: Model): Model {
  const graph = model.graph!;
  const facts = new Facts(graph);
  const write = new Writer();
  const nodes = graph.node.flatMap((node) => {
    facts.add(node);
    const substitute = SUBSTITUTES[node.opType];
    if (substitute === undefined) return [node];
    const result = substitute(new Call(node), (name) => facts.shape(name) as number[], write);
    write.node("Identity", [result], {}, node.output[0]!);
    return write.nodes.splice(0);
  });
  graph.node = nodes;
  graph.initializer = [...graph.initializer, ...write.initializers];
  return model;
}
