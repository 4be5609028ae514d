import {
  PickleDict,
  PickleGlobal,
  PickleSequence,
  type PickleValue,
  StorageReference,
  TensorView,
} from "./pickle-values.js";
import { isStorageType } from "./storage-types.js";

/**
 * What a call in a pickle would make, rebuilt here: nothing of Python is run. Each returns undefined where the arguments are not those
 * that PyTorch writes (torch/_utils.py).
 */
const CALLS: Readonly<Record<string, (args: readonly PickleValue[]) => PickleValue | undefined>> = {
  "collections.OrderedDict": (args) => (args.length === 0 ? new PickleDict(true) : undefined),
  "torch._utils._rebuild_tensor_v2": rebuildTensor,
  "torch._utils._rebuild_parameter": ([tensor, , hooks]) =>
    tensor instanceof TensorView && isEmptyDict(hooks) ? tensor : undefined,
};

/** The names that a pickle may use: three calls, and the storages as types. */
export function isKnownGlobal(name: string): boolean {
  return Object.hasOwn(CALLS, name) || storageName(name) !== undefined;
}

/** The result of a call; undefined where the name cannot be called, or not so. */
export function callGlobal(name: string, args: readonly PickleValue[]): PickleValue | undefined {
  return Object.hasOwn(CALLS, name) ? CALLS[name]!(args) : undefined;
}

/** The storage that a persistent id names: ("storage", type, key, location, number of elements). */
export function storageReference(id: PickleValue): StorageReference | undefined {
  if (!(id instanceof PickleSequence) || id.items.length !== 5) return undefined;
  const [what, type, key, , count] = id.items;
  if (what !== "storage" || !(type instanceof PickleGlobal)) return undefined;
  const name = storageName(type.name);
  // The key becomes part of an entry's name.
  if (name === undefined || typeof key !== "string" || !/^\w{1,20}$/.test(key) || !isCount(count)) return undefined;
  return new StorageReference(name, key, count);
}

function storageName(name: string) {
  const short = name.startsWith("torch.") ? name.slice("torch.".length) : "";
  return isStorageType(short) ? short : undefined;
}

/** _rebuild_tensor_v2(storage, offset, size, stride, requires_grad, backward_hooks, metadata) */
function rebuildTensor(args: readonly PickleValue[]): TensorView | undefined {
  const [storage, offset, size, stride, , hooks, metadata] = args;
  if (args.length < 6 || args.length > 7 || !(storage instanceof StorageReference) || !isCount(offset))
    return undefined;
  // Metadata marks a view as negated or conjugated: its values would be read with the wrong sign.
  if (!isEmptyDict(hooks) || (metadata !== undefined && metadata !== null && !isEmptyDict(metadata))) return undefined;
  const [shape, strides] = [counts(size), counts(stride)];
  if (shape === undefined || strides === undefined || shape.length !== strides.length) return undefined;
  const last = shape.reduce((sum, extent, d) => sum + (extent - 1) * strides[d]!, offset);
  const inside = shape.includes(0) || (Number.isSafeInteger(last) && last < storage.count);
  return inside ? new TensorView(storage, offset, shape, strides) : undefined;
}

function counts(value: PickleValue | undefined): number[] | undefined {
  if (!(value instanceof PickleSequence) || value.items.length > 32) return undefined;
  return value.items.every(isCount) ? value.items : undefined;
}

function isCount(value: PickleValue | undefined): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isEmptyDict(value: PickleValue | undefined): boolean {
  return value instanceof PickleDict && value.entries.size === 0;
}
