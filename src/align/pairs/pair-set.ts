/** Paired windows, prepared for both models; rows are read from disk when asked for. */
export interface PairSet {
  /** Rows. */
  readonly length: number;
  /** Input of the new-modality model. */
  readonly new: PairSide;
  /** Input of the old-modality model. */
  readonly old: PairSide;
  /** Class of each row, from 0; -1 where it is unknown. */
  readonly labels?: Int32Array;
  /** What each row is for: "train" (labelled, for the probe), "pair", "val" or "test". */
  readonly splits?: readonly string[];
  /** Cross-validation fold in which each row is tested, from 0; -1 where it has none. */
  readonly folds?: Int32Array;
  readonly subjects?: readonly string[];
  /** Files that the rows come from, for provenance; `sha256` in hexadecimal digits. */
  readonly sources: readonly PairSource[];
  /** What is odd but no error, one sentence each. */
  readonly notes: readonly string[];
  /** Where a row comes from, for messages: "row 12 of pairs.safetensors". */
  where(row: number): string;
  /** Rows of a split, ascending. A set without splits is all "pair". */
  rowsOf(split: string): Int32Array;
  /** Lets go of the files; nothing can be read afterwards. */
  close(): void;
}

export interface PairSource {
  readonly file: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** Arrays that a row can be read into: what ONNX models take. */
export type RowArray = Float32Array | BigInt64Array | Int32Array;

/** One model's input, row by row. */
export interface PairSide {
  /** What the values are: floats of any width are "float32", whole numbers of any width "int64". */
  readonly dtype: "float32" | "int64";
  /** Shape of one window, without a batch dimension. */
  readonly shape: readonly number[];
  /** What the side is called in the file: a tensor, or a modality. */
  readonly name: string;
  /**
   * Reads one window in row-major order.
   *
   * @param into any array for whole numbers; a Float32Array for floats
   * @param offset first element of `into` that is written
   */
  read(row: number, into: RowArray, offset?: number): void;
}
