import type { TensorProto_DataType } from "../../onnx-ml_pb.js";
import type { Call } from "../call.js";

/** An extent: a number, the name that the model gives to an open one, or undefined where nothing is known about it. */
export type Dim = number | string | undefined;

/** Undefined where not even the number of dimensions is known. */
export type Shape = readonly Dim[] | undefined;

/** What is known about a value before the graph runs. */
export interface Fact {
  readonly type?: TensorProto_DataType | undefined;
  readonly shape?: Shape;
  /** The numbers of a small constant, row-major: shapes, axes, exponents. */
  readonly values?: readonly number[] | undefined;
}

/** What an operator's results are, from what its inputs are; an input that is left out is {@link NOTHING}. */
export type FactRule = (call: Call, inputs: readonly Fact[]) => readonly Fact[];

export const NOTHING: Fact = {};

/** Whether all extents are numbers. */
export function isStatic(shape: Shape): shape is readonly number[] {
  return shape?.every((extent) => typeof extent === "number") ?? false;
}

/** Number of elements; 1 for []. */
export function count(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

/** An axis counted from the front; negative ones count from the end. */
export function fromFront(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

/** More dimensions than any value has: a broken model must not ask for more memory than there is. */
const MOST_DIMENSIONS = 64;

/** Unknown extents where only their number is known. */
export function unknownExtents(rank: Dim): Dim[] | undefined {
  return typeof rank === "number" && rank <= MOST_DIMENSIONS ? new Array<Dim>(rank).fill(undefined) : undefined;
}
