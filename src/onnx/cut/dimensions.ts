import { create } from "@bufbuild/protobuf";
import { invalidArgument } from "../../errors.js";
import { changed } from "../changed.js";
import { requireGraph } from "../graph-of.js";
import type { Model } from "../model.js";
import {
  type TensorShapeProto_Dimension,
  TensorShapeProto_DimensionSchema,
  type ValueInfoProto,
} from "../onnx-ml_pb.js";
import { namesOf, shapeOf } from "./names.js";

/** The open extents of a model's inputs: their names, or `input.axis` for those that have none. */
export function openDimensions(model: Model): string[] {
  const open = new Set<string>();
  for (const input of namesOf(requireGraph(model)).inputs.values())
    for (const [axis, extent] of (shapeOf(input) ?? []).entries())
      if (typeof extent === "string") open.add(keyOf(input, axis, extent));
  return [...open];
}

/**
 * Gives open extents of a model's inputs a size for good. What was inferred from them is dropped; {@link inferShapes} finds it again.
 *
 * @param sizes whole numbers above 0 by name, as {@link openDimensions} lists them
 * @throws BioxError INVALID_ARGUMENT when there is no such open extent, or a size is none
 */
export function fixDimensions(model: Model, sizes: Readonly<Record<string, number>>): Model {
  const graph = requireGraph(model);
  const open = openDimensions(model);
  for (const [name, size] of Object.entries(sizes)) {
    if (!open.includes(name))
      throw invalidArgument("dimension", `an open one (${open.join(", ") || "there is none"})`, name);
    if (!Number.isSafeInteger(size) || size < 1)
      throw invalidArgument(`dimension '${name}'`, "a whole number above 0", size);
  }
  const fix = (value: ValueInfoProto): ValueInfoProto =>
    withExtents(value, (extent, axis) => sizes[keyOf(value, axis, extent)] ?? sizes[extent]);
  const valueInfo = graph.valueInfo
    .map(fix)
    .filter((value) => shapeOf(value)?.every((extent) => typeof extent === "number") ?? false);
  return changed(model, {
    graph: changed(graph, { input: graph.input.map(fix), output: graph.output.map(fix), valueInfo }),
  });
}

const keyOf = ({ name }: ValueInfoProto, axis: number, extent: string): string =>
  extent === "?" ? `${name}.${axis}` : extent;

function withExtents(
  value: ValueInfoProto,
  sizeOf: (extent: string, axis: number) => number | undefined,
): ValueInfoProto {
  const shape = shapeOf(value);
  const type = value.type?.value;
  if (shape === undefined || type?.case !== "tensorType") return value;
  const dim = shape.map((extent, axis): TensorShapeProto_Dimension => {
    const size = typeof extent === "string" ? sizeOf(extent, axis) : undefined;
    const old = type.value.shape!.dim[axis]!;
    return size === undefined
      ? old
      : create(TensorShapeProto_DimensionSchema, { value: { case: "dimValue", value: BigInt(size) } });
  });
  const tensor = changed(type.value, { shape: changed(type.value.shape!, { dim }) });
  return changed(value, { type: changed(value.type!, { value: { case: "tensorType", value: tensor } }) });
}
