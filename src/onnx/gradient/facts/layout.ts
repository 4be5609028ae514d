import { broadcast } from "./elementwise.js";
import { count, type Dim, type Fact, type FactRule, fromFront, isStatic, NOTHING, unknownExtents } from "./fact.js";

const reshape: FactRule = (call, [x = NOTHING, target = NOTHING]) => {
  const wanted = target.values;
  if (wanted === undefined) return [{ type: x.type, shape: unknownExtents(target.shape?.[0]), values: x.values }];
  const keepsZero = call.int("allowzero", 0) === 1;
  const shape = wanted.map((extent, i) => (extent === 0 && !keepsZero ? x.shape?.[i] : extent)) as Dim[];
  const open = shape.indexOf(-1);
  if (open >= 0) {
    const rest = shape.filter((_, i) => i !== open);
    const extent = isStatic(x.shape) && isStatic(rest) ? count(x.shape) / count(rest) : undefined;
    shape[open] = Number.isInteger(extent) ? extent : undefined;
  }
  return [{ type: x.type, shape, values: x.values }];
};

const squeeze: FactRule = (_call, [x = NOTHING, axes = NOTHING]) => {
  const rank = x.shape?.length ?? 0;
  const gone = axes.values?.map((axis) => fromFront(axis, rank));
  // Without axes every extent of 1 goes, for which all must be known.
  const shape =
    gone !== undefined
      ? x.shape?.filter((_, i) => !gone.includes(i))
      : isStatic(x.shape)
        ? x.shape.filter((extent) => extent !== 1)
        : undefined;
  return [{ type: x.type, shape, values: x.values }];
};

const unsqueeze: FactRule = (_call, [x = NOTHING, axes = NOTHING]) => {
  if (x.shape === undefined || axes.values === undefined) return [{ type: x.type, values: x.values }];
  const rank = x.shape.length + axes.values.length;
  const added = axes.values.map((axis) => fromFront(axis, rank));
  const old = [...x.shape];
  const shape = Array.from({ length: rank }, (_, i) => (added.includes(i) ? 1 : old.shift()));
  return [{ type: x.type, shape, values: x.values }];
};

const transpose: FactRule = (call, [x = NOTHING]) => {
  const perm = call.ints("perm") ?? x.shape?.map((_, i) => i).reverse();
  return [{ type: x.type, shape: perm?.map((axis) => x.shape?.[axis]) }];
};

const flatten: FactRule = (call, [x = NOTHING]) => {
  if (!isStatic(x.shape)) return [{ type: x.type, shape: [undefined, undefined] }];
  const axis = fromFront(call.int("axis", 1), x.shape.length);
  return [{ type: x.type, shape: [count(x.shape.slice(0, axis)), count(x.shape.slice(axis))] }];
};

const expand: FactRule = (_call, [x = NOTHING, target = NOTHING]) => {
  const wanted = target.values ?? unknownExtents(target.shape?.[0]);
  return [{ type: x.type, shape: broadcast(x.shape, wanted) }];
};

const tile: FactRule = (_call, [x = NOTHING, repeats = NOTHING]) => {
  const shape = x.shape?.map((extent, i) => {
    const times = repeats.values?.[i];
    return typeof extent === "number" && times !== undefined ? extent * times : times === 1 ? extent : undefined;
  });
  return [{ type: x.type, shape }];
};

const pad: FactRule = (_call, [x = NOTHING, pads = NOTHING, , axes = NOTHING]) => {
  const rank = x.shape?.length ?? 0;
  const [sizes, order] = [pads.values, axes.values ?? x.shape?.map((_, i) => i)];
  const shape = x.shape?.map((extent, i): Dim => {
    if (sizes === undefined || order === undefined) return undefined;
    const at = order.findIndex((axis) => fromFront(axis, rank) === i);
    const added = at < 0 ? 0 : sizes[at]! + sizes[at + order.length]!;
    return added === 0 ? extent : typeof extent === "number" ? extent + added : undefined;
  });
  return [{ type: x.type, shape }];
};

/** Operators that change how numbers lie, not the numbers. */
export const LAYOUT: Readonly<Record<string, FactRule>> = {
  Reshape: reshape,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Transpose: transpose,
  Flatten: flatten,
  Expand: expand,
  Tile: tile,
  Pad: pad,
} satisfies Record<string, (...args: Parameters<FactRule>) => readonly Fact[]>;
