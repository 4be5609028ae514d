import { type FileHandle, open, realpath, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { BioxError, invalidArgument } from "../../errors.js";
import { systemCode, unwritable } from "../../paths.js";
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
  const parts: { part: string; path: string }[] = [];
  try {
    for (const { path, data, model } of plans) {
      let complete = model;
      // Weights first: a model is in place when all it refers to is.
      if (data !== undefined)
        complete = await filled(parts, data, (file) => copyWeights(model, external, file, basename(data)));
      await filled(parts, path, (file) => file.writeFile(writeModel(complete)));
    }
    for (const { part, path } of parts)
      await rename(part, path).catch((cause) => {
        throw unwritable(path, cause);
      });
  } finally {
    for (const { part } of parts) await rm(part, { force: true });
  }
  return parts.map(({ path }) => path);
}

async function plan({ path, model }: ModelToWrite): Promise<{ path: string; data: string | undefined; model: Model }> {
  const target = await real(path);
  const data = hasExternal(model) ? `${target}.data` : undefined;
  for (const file of data === undefined ? [target] : [target, data]) await requireFile(file);
  return { path: target, data, model };
}

/** Refuses what is there and no regular file: a move would take the place of a device or a folder. */
async function requireFile(path: string): Promise<void> {
  const there = await stat(path).catch(() => undefined);
  if (there && !there.isFile())
    throw new BioxError(
      "FILE_UNWRITABLE",
      `File '${path}' cannot be written: it is no regular file.`,
      "Choose another path.",
    );
}

/** Makes a file under another name beside its place, and notes that it is to be moved there. */
async function filled<T>(
  parts: { part: string; path: string }[],
  path: string,
  write: (file: FileHandle) => Promise<T>,
): Promise<T> {
  const part = `${path}.${process.pid}.part`;
  try {
    const file = await open(part, "wx");
    parts.push({ part, path });
    try {
      const result = await write(file);
      await file.sync();
      return result;
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw cause instanceof BioxError ? cause : unwritable(path, cause);
  }
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
