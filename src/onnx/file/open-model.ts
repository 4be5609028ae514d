import { changed } from "../changed.js";
import { fixDimensions, inferShapes } from "../cut/index.js";
import { requireGraph } from "../graph-of.js";
import type { Model } from "../model.js";
import { TensorProto_DataLocation as Location, type TensorProto } from "../onnx-ml_pb.js";
import { type ModelFile, readModelFile, readTensor } from "./read-file.js";

/**
 * Reads an `.onnx` file with where its weights in other files are, gives open dimensions a size, and lets ONNX Runtime infer the types and shapes
 * that the file does not give.
 *
 * @param dimensions sizes of open dimensions of the inputs by name; those not named stay open
 * @throws BioxError FILE_UNREADABLE, ONNX_INVALID, and what {@link fixDimensions} and {@link inferShapes} throw
 */
export async function openModel(
  path: string | URL,
  dimensions: Readonly<Record<string, number>> = {},
): Promise<ModelFile> {
  const file = await readModelFile(path);
  return { ...file, model: await inferShapes(fixDimensions(file.model, dimensions)) };
}

/** A model with some of the weights that it keeps in other files read into it. */
export async function loadWeights(
  model: Model,
  external: ModelFile["external"],
  names: Iterable<string>,
): Promise<Model> {
  const wanted = new Set(names);
  const graph = requireGraph(model);
  const load = async (tensor: TensorProto): Promise<TensorProto> => {
    const at = wanted.has(tensor.name) ? external.get(tensor) : undefined;
    if (at === undefined) return tensor;
    return changed(tensor, { rawData: await readTensor(at), externalData: [], dataLocation: Location.DEFAULT });
  };
  return changed(model, { graph: changed(graph, { initializer: await Promise.all(graph.initializer.map(load)) }) });
}
