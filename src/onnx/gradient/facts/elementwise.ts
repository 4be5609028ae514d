import { TensorProto_DataType as Type } from "../../onnx-ml_pb.js";
import { type Dim, type Fact, type FactRule, NOTHING, type Shape } from "./fact.js";

/** The shape that values of two shapes have together: https://onnx.ai/onnx/repo-docs/Broadcasting.html */
export function broadcast(a: Shape, b: Shape): Shape {
  if (a === undefined || b === undefined) return undefined;
  const rank = Math.max(a.length, b.length);
  const at = (shape: readonly Dim[], i: number): Dim => (i < rank - shape.length ? 1 : shape[i - rank + shape.length]);
  return Array.from({ length: rank }, (_, i) => {
    const [left, right] = [at(a, i), at(b, i)];
    if (left === 1 || left === right) return right;
    if (right === 1) return left;
    // A number above 1 is what the other one has to be, too.
    return typeof left === "number" ? left : typeof right === "number" ? right : undefined;
  });
}

const same: FactRule = (_call, [x = NOTHING]) => [{ type: x.type, shape: x.shape }];

const spread =
  (type?: Type): FactRule =>
  (_call, inputs) => [
    {
      type: type ?? inputs[0]?.type,
      shape: inputs.map(({ shape }) => shape).reduce(broadcast, []),
    },
  ];

/** Sums and products of extents, as exporters compute shapes with them. */
const arithmetic =
  (compute: (a: number, b: number) => number): FactRule =>
  (call, inputs) => {
    const [fact = NOTHING] = spread()(call, inputs);
    const [a, b] = [inputs[0]?.values, inputs[1]?.values];
    if (a === undefined || b === undefined || fact.shape === undefined || fact.shape.length > 1) return [fact];
    const length = Math.max(a.length, b.length);
    const values = Array.from({ length }, (_, i) => compute(a[a.length === 1 ? 0 : i]!, b[b.length === 1 ? 0 : i]!));
    return [{ ...fact, values }];
  };

/** Division of integers drops the fraction. */
const divide: FactRule = (call, inputs) => {
  const whole = inputs[0]?.type === Type.INT64 || inputs[0]?.type === Type.INT32;
  return arithmetic((a, b) => (whole ? Math.trunc(a / b) : a / b))(call, inputs);
};

const UNARY =
  "Sqrt Erf Exp Log Tanh Sigmoid Relu Gelu Softmax LogSoftmax Neg Abs Reciprocal Sin Cos LeakyRelu Elu Softplus Clip Floor Ceil Round Sign BatchNormalization InstanceNormalization GroupNormalization ScatterElements ScatterND Trilu CumSum";
const COMPARISONS = "Equal Greater GreaterOrEqual Less LessOrEqual And Or Xor";

const rules = (names: string, rule: FactRule) => names.split(" ").map((name) => [name, rule] as const);

/** Operators that keep the shape, or bring those of their inputs together. */
export const ELEMENTWISE: Readonly<Record<string, FactRule>> = {
  ...Object.fromEntries([
    ...rules(UNARY, same),
    ...rules(COMPARISONS, spread(Type.BOOL)),
    ...rules("Max Min Sum Mean Pow Mod", spread()),
  ]),
  Identity: (_call, [x = NOTHING]) => [x],
  Dropout: (_call, [x = NOTHING]) => [x, { type: Type.BOOL, shape: x.shape }],
  Not: same,
  Add: arithmetic((a, b) => a + b),
  Sub: arithmetic((a, b) => a - b),
  Mul: arithmetic((a, b) => a * b),
  Div: divide,
  Where: (_call, [condition = NOTHING, a = NOTHING, b = NOTHING]) => [
    { type: a.type, shape: [condition.shape, a.shape, b.shape].reduce(broadcast, []) },
  ],
  Cast: (call, [x = NOTHING]) => {
    const type = call.int("to", 0) as Type;
    const values = type === Type.INT64 || type === Type.INT32 ? x.values?.map(Math.trunc) : x.values;
    return [{ type, shape: x.shape, values }] satisfies Fact[];
  },
  CastLike: (_call, [x = NOTHING, like = NOTHING]) => [{ type: like.type, shape: x.shape }],
  LayerNormalization: (call, [x = NOTHING]) => {
    const axis = call.int("axis", -1);
    const rank = x.shape?.length ?? 0;
    const moments = x.shape?.map((extent, i) => (i < (axis < 0 ? axis + rank : axis) ? extent : 1));
    return [
      { type: x.type, shape: x.shape },
      { type: Type.FLOAT, shape: moments },
      { type: Type.FLOAT, shape: moments },
    ];
  },
};
