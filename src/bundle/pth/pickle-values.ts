import type { StorageType } from "./storage-types.js";

/** What a pickle of tensors can hold. Sequences and dicts may be shared, and may contain themselves. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | PickleSequence
  | PickleDict
  | PickleGlobal
  | StorageReference
  | TensorView;

export class PickleSequence {
  constructor(
    readonly kind: "list" | "tuple",
    readonly items: PickleValue[],
  ) {}
}

export class PickleDict {
  readonly entries = new Map<string | number, PickleValue>();
  constructor(readonly ordered: boolean) {}
}

/** A class or function by name. It is only ever compared with names that are known. */
export class PickleGlobal {
  constructor(readonly name: string) {}
}

/** The memory behind one or more tensors: entry `data/KEY` of the archive, `count` elements. */
export class StorageReference {
  constructor(
    readonly type: StorageType,
    readonly key: string,
    readonly count: number,
  ) {}
}

/** A tensor: element [i, j, ...] is number `offset + i * strides[0] + j * strides[1] + ...` of its storage. */
export class TensorView {
  constructor(
    readonly storage: StorageReference,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
  ) {}
}
