import type { Dtype, SafetensorsFile, TensorEntry } from "../../bundle/index.js";
import { BioxError, invalidArgument } from "../../errors.js";
import type { PairSide, RowArray } from "./pair-set.js";

const FLOATS: readonly Dtype[] = ["F32", "F64", "F16", "BF16"];
const WHOLES: readonly Dtype[] = ["I64", "I32", "U32", "I16", "U16", "I8", "U8"];

/** One side of the pairs: a tensor [rows, ...window] in a file, read row by row. */
export class TensorSide implements PairSide {
  readonly dtype: "float32" | "int64";
  readonly shape: readonly number[];
  readonly name: string;
  readonly rows: number;
  readonly #rowBytes: number;

  /** @throws BioxError FILE_INVALID when the tensor cannot be a model's input */
  constructor(
    private readonly file: SafetensorsFile,
    private readonly entry: TensorEntry,
  ) {
    const { name, dtype, shape, begin, end } = entry;
    if (!FLOATS.includes(dtype) && !WHOLES.includes(dtype))
      throw new BioxError(
        "FILE_INVALID",
        `${file.path}: tensor '${name}' is ${dtype}, but windows are ${[...FLOATS, ...WHOLES].join(", ")}.`,
        "Save it in the type that the model takes.",
      );
    if (shape.length < 2 || shape.includes(0))
      throw new BioxError(
        "FILE_INVALID",
        `${file.path}: tensor '${name}' has shape [${shape.join(", ")}], but expected is [windows, ...shape of one].`,
        "Stack the windows along the first dimension.",
      );
    this.name = name;
    this.dtype = FLOATS.includes(dtype) ? "float32" : "int64";
    this.rows = shape[0]!;
    this.shape = shape.slice(1);
    this.#rowBytes = (end - begin) / this.rows;
  }

  read(row: number, into: RowArray, offset = 0): void {
    if (!Number.isInteger(row) || row < 0 || row >= this.rows)
      throw invalidArgument("row", `a whole number from 0 to ${this.rows - 1}`, row);
    const begin = this.entry.begin + row * this.#rowBytes;
    const values = this.entry.decode(this.file.bytes(begin, begin + this.#rowBytes));
    if (into instanceof BigInt64Array) {
      if (this.dtype === "float32") throw invalidArgument("into", `a Float32Array for '${this.name}'`, into);
      for (let i = 0; i < values.length; i++) into[offset + i] = BigInt(values[i]!);
    } else {
      if (into instanceof Int32Array && this.dtype === "float32")
        throw invalidArgument("into", `a Float32Array for '${this.name}'`, into);
      for (let i = 0; i < values.length; i++) into[offset + i] = Number(values[i]);
    }
  }
}
