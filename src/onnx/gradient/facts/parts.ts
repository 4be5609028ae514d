import { type Dim, type FactRule, fromFront, NOTHING } from "./fact.js";

const concat: FactRule = (call, inputs) => {
  const known = inputs.find(({ shape }) => shape !== undefined)?.shape;
  const axis = fromFront(call.int("axis", 0), known?.length ?? 0);
  const extents = inputs.map(({ shape }) => shape?.[axis]);
  const sum = extents.every((extent) => typeof extent === "number") ? extents.reduce((a, b) => a + b, 0) : undefined;
  const shape = known?.map((_, i): Dim => {
    if (i === axis) return sum;
    const all = inputs.map((one) => one.shape?.[i]);
    return all.find((extent) => typeof extent === "number") ?? all.find((extent) => extent !== undefined);
  });
  const values = inputs.every((one) => one.values !== undefined && one.shape?.length === 1)
    ? inputs.flatMap((one) => one.values!)
    : undefined;
  return [{ type: inputs[0]?.type, shape, values }];
};

const split: FactRule = (call, [x = NOTHING, sizes = NOTHING]) => {
  const axis = fromFront(call.int("axis", 0), x.shape?.length ?? 0);
  const parts = call.node.output.length;
  const whole = x.shape?.[axis];
  // Equal parts by default; the last one is smaller where they do not come out even (opset 18).
  const even = typeof whole === "number" ? Math.ceil(whole / parts) : undefined;
  const sizeOf = (part: number): Dim =>
    call.input(1) !== ""
      ? sizes.values?.[part]
      : even === undefined || typeof whole !== "number"
        ? undefined
        : Math.min(even, whole - even * part);
  return call.node.output.map((_, part) => ({
    type: x.type,
    shape: x.shape?.map((extent, i) => (i === axis ? sizeOf(part) : extent)),
  }));
};

/** Where a Slice begins and how many elements it takes along one axis; ONNX's rules of clamping. */
export function sliceRange(extent: number, start: number, end: number, step: number): { start: number; count: number } {
  const clamp = (index: number, least: number, most: number) =>
    Math.min(Math.max(index < 0 ? index + extent : index, least), most);
  const [from, to] =
    step > 0
      ? [clamp(start, 0, extent), clamp(end, 0, extent)]
      : [clamp(start, 0, extent - 1), clamp(end, -1, extent - 1)];
  return { start: from, count: Math.max(0, Math.ceil((to - from) / step)) };
}

const slice: FactRule = (_call, [x = NOTHING, starts = NOTHING, ends = NOTHING, axes = NOTHING, steps = NOTHING]) => {
  if (x.shape === undefined) return [{ type: x.type }];
  const rank = x.shape.length;
  const [from, to] = [starts.values, ends.values];
  if (from === undefined || to === undefined) return [{ type: x.type, shape: x.shape.map(() => undefined) }];
  const order = axes.values ?? from.map((_, i) => i);
  const shape: Dim[] = [...x.shape];
  let values = rank === 1 ? x.values : undefined;
  for (const [i, axis] of order.entries()) {
    const at = fromFront(axis, rank);
    const extent = shape[at];
    const step = steps.values?.[i] ?? 1;
    if (typeof extent !== "number") {
      shape[at] = undefined;
      continue;
    }
    const range = sliceRange(extent, from[i]!, to[i]!, step);
    shape[at] = range.count;
    const old = values;
    values = old && Array.from({ length: range.count }, (_, k) => old[range.start + k * step]!);
  }
  return [{ type: x.type, shape, values }];
};

const gather: FactRule = (call, [x = NOTHING, indices = NOTHING]) => {
  if (x.shape === undefined || indices.shape === undefined) return [{ type: x.type }];
  const axis = fromFront(call.int("axis", 0), x.shape.length);
  const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
  const from = x.shape.length === 1 ? x.values : undefined;
  return [{ type: x.type, shape, values: from && indices.values?.map((index) => from.at(index)!) }];
};

/** Operators that take values apart and put them together. */
export const PARTS: Readonly<Record<string, FactRule>> = {
  Concat: concat,
  Split: split,
  Slice: slice,
  Gather: gather,
  GatherElements: (_call, [x = NOTHING, indices = NOTHING]) => [{ type: x.type, shape: indices.shape }],
};
