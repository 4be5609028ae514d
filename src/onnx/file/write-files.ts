import { realpath } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { invalidArgument } from "../../errors.js";
import { systemCode } from "../../paths.js";
import { WholeFile } from "../../whole-file.js";
import { type Model, writeModel } from "../model.js";
import type { TensorProto } from "../onnx-ml_pb.js";
import { copyWeights, hasExternal } from "./copy-weights.js";
import type { ExternalBytes } from "./external.js";

/** A model and where it goes. Weights that it keeps in other files go into `PATH.data` beside it. */
export interface ModelToWrite {
  readonly path: string;
  readonly model: Model;
}

/** What {@link writeModelFiles} takes beside the models. */
export interface WriteModelOptions {
  /** Where weights in other files are now, as {@link readModelFile} tells. */
  readonly external?: ReadonlyMap<TensorProto, ExternalBytes>;
  /** Files that must not be written over: the whole model that the others are parts of. */
  readonly keep?: readonly string[];
}

/**
 * Writes models as `.onnx` files: all of them, or, when anything fails on the way, none. Weights in other files are copied piece by
 * piece, never held in memory.
 *
 * @returns the files written
 * @throws BioxError FILE_UNWRITABLE; INVALID_ARGUMENT when two files would have the same path, or one is to be kept
 */
export async function writeModelFiles(
  models: readonly ModelToWrite[],
  { external = new Map(), keep = [] }: WriteModelOptions = {},
): Promise<string[]> {
  const plans = await Promise.all(models.map(plan));
  const kept = await Promise.all([...keep, ...[...external.values()].map(({ path }) => path)].map(real));
  const taken = new Set(kept);
  for (const { path, data } of plans)
    for (const file of data === undefined ? [path] : [path, data]) {
      if (taken.has(file))
        throw invalidArgument("each file to write", "another one, and none of the model's own", file);
      taken.add(file);
    }
  const files: WholeFile[] = [];
  const create = async (path: string): Promise<WholeFile> => {
    const file = await WholeFile.create(path);
    files.push(file);
    return file;
  };
  try {
    const parts = [];
    // Weights first: a model is in place when all it refers to is.
    for (const { path, data, model } of plans)
      parts.push({ model, weights: data === undefined ? undefined : await create(data), file: await create(path) });
    for (const { model, weights, file } of parts) {
      const complete = weights
        ? await weights.fill((out) => copyWeights(model, external, out, basename(weights.path)))
        : model;
      await file.fill((out) => out.writeFile(writeModel(complete)));
    }
    for (const file of files) await file.complete();
    for (const file of files) await file.place();
  } finally {
    for (const file of files) await file.discard();
  }
  return files.map(({ path }) => path);
}

async function plan({ path, model }: ModelToWrite): Promise<{ path: string; data: string | undefined; model: Model }> {
  const target = await real(path);
  return { path: target, data: hasExternal(model) ? `${target}.data` : undefined, model };
}

/** A path with links resolved, of a file that may not exist yet. */
async function real(path: string): Promise<string> {
  const full = resolve(path);
  try {
    return await realpath(full);
  } catch (cause) {
    if (systemCode(cause) !== "ENOENT") return full;
    return join(await realpath(dirname(full)).catch(() => dirname(full)), basename(full));
  }
}
