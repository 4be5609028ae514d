import { TensorProto_DataType as Type } from "../../onnx-ml_pb.js";
import type { Call } from "../call.js";
import { broadcast } from "./elementwise.js";
import { type Dim, type FactRule, fromFront, NOTHING } from "./fact.js";
import { windowOf } from "./window.js";

const matmul: FactRule = (_call, [a = NOTHING, b = NOTHING]) => {
  if (a.shape === undefined || b.shape === undefined || a.shape.length === 0 || b.shape.length === 0)
    return [{ type: a.type }];
  const batch = broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2)) ?? [];
  const rows = a.shape.length > 1 ? [a.shape.at(-2)] : [];
  const columns = b.shape.length > 1 ? [b.shape.at(-1)] : [];
  return [{ type: a.type, shape: [...batch, ...rows, ...columns] }];
};

const gemm: FactRule = (call, [a = NOTHING, b = NOTHING]) => [
  {
    type: a.type,
    shape: [a.shape?.[call.int("transA", 0) === 1 ? 1 : 0], b.shape?.[call.int("transB", 0) === 1 ? 0 : 1]],
  },
];

const convolution: FactRule = (call, [x = NOTHING, weight = NOTHING]) => {
  if (x.shape === undefined) return [{ type: x.type }];
  const kernel = call.ints("kernel_shape") ?? weight.shape?.slice(2);
  return [{ type: x.type, shape: [x.shape[0], weight.shape?.[0], ...windows(call, x.shape.slice(2), kernel)] }];
};

/** With pads of its own, as gradients are written: https://onnx.ai/onnx/operators/onnx__ConvTranspose.html */
const transposedConvolution: FactRule = (call, [x = NOTHING, weight = NOTHING]) => {
  const [counts, perGroup] = [x.shape?.slice(2), weight.shape?.[1]];
  const of = (name: string, i: number, fallback: number) => call.ints(name)?.[i] ?? fallback;
  const extents = counts?.map((count, i): Dim => {
    const kernel = weight.shape?.[i + 2];
    if (typeof count !== "number" || typeof kernel !== "number" || call.has("auto_pad")) return undefined;
    const pads = of("pads", i, 0) + of("pads", i + counts.length, 0);
    const reach = (kernel - 1) * of("dilations", i, 1) + 1;
    return of("strides", i, 1) * (count - 1) + of("output_padding", i, 0) + reach - pads;
  });
  const made = typeof perGroup === "number" ? perGroup * call.int("group", 1) : undefined;
  return [{ type: x.type, shape: extents && [x.shape![0], made, ...extents] }];
};

const pool: FactRule = (call, [x = NOTHING]) => {
  const shape = x.shape && [...x.shape.slice(0, 2), ...windows(call, x.shape.slice(2), call.ints("kernel_shape"))];
  return [
    { type: x.type, shape },
    { type: Type.INT64, shape },
  ];
};

function windows(call: Call, spatial: readonly Dim[], kernel: readonly Dim[] | undefined): Dim[] {
  return spatial.map((extent, i) => {
    const size = kernel?.[i];
    return typeof extent === "number" && typeof size === "number" ? windowOf(call, i, extent, size).count : undefined;
  });
}

const reduce: FactRule = (call, [x = NOTHING, axes = NOTHING]) => {
  if (x.shape === undefined) return [{ type: x.type }];
  const keep = call.int("keepdims", 1) === 1;
  const given = call.ints("axes") ?? axes.values;
  if (given === undefined && call.input(1) !== "")
    return [{ type: x.type, shape: keep ? x.shape.map(() => undefined) : undefined }];
  const none = given === undefined || given.length === 0;
  if (none && call.int("noop_with_empty_axes", 0) === 1) return [{ type: x.type, shape: x.shape }];
  const rank = x.shape.length;
  const gone = none ? x.shape.map((_, i) => i) : given.map((axis) => fromFront(axis, rank));
  const shape = keep
    ? x.shape.map((extent, i) => (gone.includes(i) ? 1 : extent))
    : x.shape.filter((_, i) => !gone.includes(i));
  return [{ type: x.type, shape }];
};

const REDUCTIONS = "ReduceMean ReduceSum ReduceMax ReduceMin ReduceProd ReduceL1 ReduceL2 ReduceSumSquare";

/** Operators that multiply, convolve, pool and sum up. */
export const LAYERS: Readonly<Record<string, FactRule>> = {
  MatMul: matmul,
  Gemm: gemm,
  Conv: convolution,
  ConvTranspose: transposedConvolution,
  MaxPool: pool,
  AveragePool: pool,
  GlobalAveragePool: (_call, [x = NOTHING]) => [
    { type: x.type, shape: x.shape?.map((extent, i) => (i < 2 ? extent : 1)) },
  ],
  ...Object.fromEntries(REDUCTIONS.split(" ").map((name) => [name, reduce])),
};
