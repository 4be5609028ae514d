import type { FileHandle } from "node:fs/promises";
import { create } from "@bufbuild/protobuf";
import { invalidArgument } from "../../errors.js";
import { unreadable } from "../../paths.js";
import { openRegular } from "../../regular-file.js";
import { changed } from "../changed.js";
import { requireGraph } from "../graph-of.js";
import type { Model } from "../model.js";
import { TensorProto_DataLocation as Location, StringStringEntryProtoSchema, type TensorProto } from "../onnx-ml_pb.js";
import type { ExternalBytes } from "./external.js";

/** Bytes that are in memory at a time. */
const CHUNK = 1 << 20;

/** Where a tensor may begin in its file, so that ONNX Runtime can map it into memory: the size of a page. */
const ALIGNMENT = 4096;

/** Whether a model keeps weights in other files. */
export function hasExternal(model: Model): boolean {
  return requireGraph(model).initializer.some(({ dataLocation }) => dataLocation === Location.EXTERNAL);
}

/**
 * Copies the weights that a model keeps in other files into one file, piece by piece, and gives the model that refers to it.
 * A stretch that several tensors share is copied once.
 *
 * @param sources where each tensor's bytes are now
 * @param location name of the new file, beside the model's
 */
export async function copyWeights(
  model: Model,
  sources: ReadonlyMap<TensorProto, ExternalBytes>,
  out: FileHandle,
  location: string,
): Promise<Model> {
  const graph = requireGraph(model);
  const places = new Map<string, number>();
  const initializer: TensorProto[] = [];
  let end = 0;
  for (const tensor of graph.initializer) {
    if (tensor.dataLocation !== Location.EXTERNAL) {
      initializer.push(tensor);
      continue;
    }
    const source = sources.get(tensor);
    if (source === undefined)
      throw invalidArgument("external", `to say where tensor '${tensor.name}' is`, [...sources.keys()]);
    const key = `${source.offset}:${source.length}:${source.path}`;
    let offset = places.get(key);
    if (offset === undefined) {
      offset = Math.ceil(end / ALIGNMENT) * ALIGNMENT;
      await copy(source, out, offset);
      places.set(key, offset);
      end = offset + source.length;
    }
    const entries = { location, offset: String(offset), length: String(source.length) };
    const externalData = Object.entries(entries).map(([name, value]) =>
      create(StringStringEntryProtoSchema, { key: name, value }),
    );
    initializer.push(changed(tensor, { externalData }));
  }
  return changed(model, { graph: changed(graph, { initializer }) });
}

async function copy({ path, offset, length }: ExternalBytes, out: FileHandle, to: number): Promise<void> {
  const file = await openRegular(path);
  try {
    const chunk = new Uint8Array(Math.min(CHUNK, length));
    for (let done = 0; done < length; ) {
      const read = await file.read(chunk, 0, Math.min(chunk.length, length - done), offset + done).catch((cause) => {
        throw unreadable(path, cause);
      });
      if (read.bytesRead === 0) throw unreadable(path, new Error("it has become shorter"));
      await out.write(chunk, 0, read.bytesRead, to + done);
      done += read.bytesRead;
    }
  } finally {
    await file.close();
  }
}
