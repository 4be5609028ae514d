import { BioxError } from "../../errors.js";
import { readSafetensors } from "../safetensors.js";
import { Checkpoint } from "./checkpoint.js";
import { PickleDict, type PickleValue, TensorView } from "./pickle-values.js";

/** Dicts within dicts that are looked into. */
const DEEPEST = 8;

/** A tensor of a file, not read yet. */
export interface NamedTensor {
  readonly shape: readonly number[];
  /** Values in row-major order, rounded to 32 bits. */
  read(): Promise<Float32Array>;
}

/** A dict of tensors: `key` leads to it, "" is the file itself. */
export interface TensorDict {
  readonly key: string;
  readonly tensors: ReadonlyMap<string, NamedTensor>;
}

/** All dicts of tensors of an opened file. */
export interface TensorFile {
  readonly path: string;
  readonly dicts: readonly TensorDict[];
  close(): void;
}

/**
 * Opens a PyTorch checkpoint or, where the name ends in .safetensors, such a file.
 *
 * @throws BioxError FILE_UNREADABLE, FILE_INVALID
 */
export async function openTensorFile(path: string): Promise<TensorFile> {
  if (path.toLowerCase().endsWith(".safetensors")) return openSafetensors(path);
  const checkpoint = await Checkpoint.open(path);
  return { path, dicts: dictsOf(checkpoint), close: () => checkpoint.close() };
}

function openSafetensors(path: string): TensorFile {
  const tensors = new Map<string, NamedTensor>();
  for (const [name, { shape, data, dtype }] of readSafetensors(path).tensors)
    tensors.set(name, {
      shape,
      read: async () => {
        if (data instanceof Float32Array) return data;
        if (data instanceof Float64Array) return Float32Array.from(data);
        throw new BioxError(
          "FILE_INVALID",
          `Tensor '${name}' of file '${path}' has the dtype ${dtype}, but floats were expected.`,
        );
      },
    });
  return { path, dicts: [{ key: "", tensors }], close: () => {} };
}

function dictsOf(checkpoint: Checkpoint): TensorDict[] {
  const found: TensorDict[] = [];
  // Each dict once: one that is shared many times over, or holds itself, would else be walked without end.
  const seen = new Set<PickleDict>();
  const walk = (value: PickleValue, path: readonly string[]): void => {
    if (!(value instanceof PickleDict) || seen.has(value) || path.length > DEEPEST) return;
    seen.add(value);
    const tensors = new Map<string, NamedTensor>();
    for (const [name, item] of value.entries)
      if (item instanceof TensorView)
        tensors.set(String(name), {
          shape: item.shape,
          read: () => checkpoint.read(item, String(name)),
        });
    found.push({ key: path.join("."), tensors });
    for (const [name, item] of value.entries) walk(item, [...path, String(name)]);
  };
  walk(checkpoint.root, []);
  return found;
}
