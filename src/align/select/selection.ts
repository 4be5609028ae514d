import type { PairSource } from "../pairs/index.js";

/** Where to put a bridge, and all scores that say so. What `biox select` writes. */
export interface Selection {
  /** Tensor of the new model that the bridge takes: the output of block `index`. */
  readonly new: Position;
  /** Tensor of the old model that the bridge replaces: the input of block `index`. */
  readonly old: Position;
  readonly scores: Scores;
  readonly pairs: {
    readonly files: readonly PairSource[];
    readonly split: string;
    /** Windows of that split. */
    readonly windows: number;
    /** Whether folds came with the pairs, or were made. */
    readonly folds: "given" | "stratified";
    /** Of the shuffle, where folds were made with one. */
    readonly seed: number | null;
  };
  readonly notes: readonly string[];
}

export interface Position {
  readonly file: string;
  /** Of the file, in hexadecimal digits. */
  readonly sha256: string;
  readonly tensor: string;
  /** Number of the block, from 0; null where the tensor is no border of blocks. */
  readonly index: number | null;
}

export interface Scores {
  /** How well the old model's answers can be told from each block of the new one. */
  readonly new: readonly NewScore[];
  /** How alike each block of the old model sees the pairs as the chosen one of the new. */
  readonly old: readonly OldScore[];
  /** CKA of every tensor of the new model (first index) with every one of the old. */
  readonly cka: readonly (readonly (number | null)[])[];
  /** Windows that the old model gives each class. */
  readonly pseudoLabels: readonly number[];
}

export interface NewScore {
  readonly tensor: string;
  readonly index: number | null;
  /** Channels after the mean over time. */
  readonly channels: number;
  /** Mean over the folds. */
  readonly macroF1: number;
  readonly folds: readonly number[];
}

export interface OldScore {
  readonly tensor: string;
  readonly index: number | null;
  readonly channels: number;
  /** Null where all windows look the same there. */
  readonly cka: number | null;
}
