import type { FileHandle } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { BioxError } from "../../errors.js";
import { filePath, unreadable } from "../../paths.js";
import { openRegular } from "../../regular-file.js";
import { requireGraph } from "../graph-of.js";
import { inlineFunctions, MOST_NODES } from "../inline.js";
import type { Model } from "../model.js";
import { TensorProto_DataLocation as Location, type TensorProto } from "../onnx-ml_pb.js";
import { invalid, parseModel, tensorsOf } from "../read.js";
import { everyGraph } from "../walk.js";
import { type ExternalBytes, ExternalFiles } from "./external.js";
import { requireSize } from "./tensor-size.js";

/** Protocol Buffers end at 2 GiB: larger models keep their weights in other files. */
const MOST_BYTES = 2 ** 31 - 1;

/** Smaller tensors in other files are taken in: shapes and axes, whose values others need to know. */
const SMALL_BYTES = 4096;

/** A model from disk. */
export interface ModelFile {
  readonly model: Model;
  readonly path: string;
  /** Large weights that stay in other files, where they are. */
  readonly external: ReadonlyMap<TensorProto, ExternalBytes>;
  /** Size of the model with what it keeps in other files. */
  readonly bytes: number;
}

/**
 * Reads an `.onnx` file. Large weights that it keeps in other files stay there, so that a model may be larger than memory; its own functions
 * become part of its graph ({@link inlineFunctions}).
 *
 * @throws BioxError FILE_UNREADABLE, FILE_INVALID when there is no such file; ONNX_INVALID when it is no ONNX model, is cut short, a
 * tensor's size is not that of its shape, or weights are missing or outside the model's folder
 */
export async function readModelFile(path: string | URL): Promise<ModelFile> {
  const file = filePath("path", path);
  const name = basename(file);
  const bytes = await readAll(file);
  const model = parseModel(bytes, name);
  requireFewNodes(model, name);
  const files = new ExternalFiles(dirname(file), name);
  const external = new Map<TensorProto, ExternalBytes>();
  const weights = new Set(requireGraph(model).initializer);
  let total = bytes.length;
  for (const graph of everyGraph(model))
    for (const tensor of tensorsOf(graph)) {
      if (tensor.dataLocation !== Location.EXTERNAL) {
        requireSize(tensor, name);
        continue;
      }
      const at = await files.find(tensor);
      total += at.length;
      if (weights.has(tensor) && at.length > SMALL_BYTES) external.set(tensor, at);
      else await takeIn(tensor, at);
    }
  return { model: inlineFunctions(model), path: file, external, bytes: total };
}

function requireFewNodes(model: Model, name: string): void {
  let nodes = 0;
  for (const { node } of everyGraph(model)) nodes += node.length;
  if (nodes > MOST_NODES) throw invalid(`${name} has ${nodes} nodes, more than ${MOST_NODES}`);
}

async function readAll(path: string): Promise<Uint8Array> {
  const handle = await openRegular(path);
  try {
    const { size } = await handle.stat();
    if (size > MOST_BYTES)
      throw new BioxError(
        "ONNX_INVALID",
        `${basename(path)} has ${size} bytes, but an ONNX file has 2 GB at most.`,
        "Export the model with its weights as external data.",
      );
    return await readExactly(handle, 0, size);
  } catch (cause) {
    throw cause instanceof BioxError ? cause : unreadable(path, cause);
  } finally {
    await handle.close();
  }
}

/** The bytes of a tensor in another file. */
export async function readTensor({ path, offset, length }: ExternalBytes): Promise<Uint8Array<ArrayBuffer>> {
  const handle = await openRegular(path);
  try {
    return await readExactly(handle, offset, length);
  } catch (cause) {
    throw unreadable(path, cause);
  } finally {
    await handle.close();
  }
}

async function takeIn(tensor: TensorProto, at: ExternalBytes): Promise<void> {
  tensor.rawData = await readTensor(at);
  tensor.externalData = [];
  tensor.dataLocation = Location.DEFAULT;
}

/** Bytes of a file; fewer where it has become shorter. */
async function readExactly(handle: FileHandle, offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await handle.read(bytes, done, Math.min(length - done, 2 ** 28), offset + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return bytes.subarray(0, done);
}
