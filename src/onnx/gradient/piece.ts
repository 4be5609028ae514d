import { attr } from "../attribute.js";
import type { Emitter } from "./emitter.js";

/** A gradient that is zero outside of `start` to `end` along one axis, all of whose extents are known. */
export interface Piece {
  readonly axis: number;
  readonly start: number;
  readonly end: number;
  /** Has the shape of that part. */
  readonly gradient: string;
}

/**
 * Sums up the gradients that reach a value from all who use it.
 *
 * Parts that lie side by side, such as the queries, keys and values of an attention, are put together instead of being
 * padded with zeros and added.
 *
 * @param shape of the value; only needed with pieces
 */
export function accumulate(emit: Emitter, parts: readonly (string | Piece)[], shape: readonly number[]): string {
  const whole = parts.filter((part) => typeof part === "string");
  const rows = layers(parts.filter((part) => typeof part !== "string"));
  return [...whole, ...rows.map((row) => assemble(emit, row, shape))].reduce((a, b) => emit.add(a, b));
}

/** Deals pieces out so that those of a layer have the same axis and do not overlap, sorted. */
function layers(pieces: readonly Piece[]): Piece[][] {
  const found: Piece[][] = [];
  for (const piece of [...pieces].sort((a, b) => a.start - b.start)) {
    const row = found.find((one) => one[0]!.axis === piece.axis && one.at(-1)!.end <= piece.start);
    if (row) row.push(piece);
    else found.push([piece]);
  }
  return found;
}

function assemble(emit: Emitter, row: readonly Piece[], shape: readonly number[]): string {
  const axis = row[0]!.axis;
  const extent = shape[axis]!;
  if (row.length === 1) {
    const { start, end, gradient } = row[0]!;
    return padAxis(emit, gradient, { axis, rank: shape.length, before: start, after: extent - end });
  }
  const parts: string[] = [];
  let at = 0;
  const fill = (to: number): void => {
    if (to > at) parts.push(zeros(emit, shape.with(axis, to - at), row[0]!.gradient));
  };
  for (const { start, end, gradient } of row) {
    fill(start);
    parts.push(gradient);
    at = end;
  }
  fill(extent);
  return emit.node("Concat", parts, { axis: attr.int(axis) });
}

/** Zeros put before and behind a value along one axis. */
function padAxis(
  emit: Emitter,
  x: string,
  { axis, rank, before, after }: { axis: number; rank: number; before: number; after: number },
): string {
  if (before === 0 && after === 0) return x;
  const pads = new Array<number>(2 * rank).fill(0);
  pads[axis] = before;
  pads[axis + rank] = after;
  return emit.node("Pad", [x, emit.ints(pads), emit.scalar(0, x)]);
}

/** Zeros of a shape, and of the element type of `like`. */
export function zeros(emit: Emitter, shape: readonly number[] | string, like: string): string {
  const extents = typeof shape === "string" ? shape : emit.ints(shape);
  return emit.node("Expand", [emit.scalar(0, like), extents]);
}
