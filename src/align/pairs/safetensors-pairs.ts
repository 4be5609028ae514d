import { SafetensorsFile, type TensorEntry } from "../../bundle/index.js";
import { BioxError } from "../../errors.js";
import { checkedPairs, type PairParts } from "./checked.js";
import type { PairSet, PairSource } from "./pair-set.js";
import { source } from "./source.js";
import { nameSplits, parseSplitNames, splitName } from "./split-names.js";
import { TensorSide } from "./tensor-side.js";

export interface SafetensorsPairsOptions {
  /** Tensor of the new-modality model's inputs. Default "new". */
  readonly newTensor?: string;
  /** Tensor of the old-modality model's inputs. Default "old". */
  readonly oldTensor?: string;
  /** Numbers that stand for splits in tensor `split`: `{ train: 0, pair: 1 }`. Default what the metadata say. */
  readonly splitNames?: Readonly<Record<string, number>>;
  /** Number of classes, where known: larger labels are refused. */
  readonly classes?: number;
}

/** @see openPairs */
export async function openSafetensorsPairs(path: string, options: SafetensorsPairsOptions): Promise<PairSet> {
  const file = new SafetensorsFile(path);
  try {
    return checkedPairs(new PairTensors(file).parts(options, await source(path)), options.classes);
  } catch (error) {
    file.close();
    throw error;
  }
}

/** Reads what a file says of its rows. */
class PairTensors {
  #length = 0;

  constructor(private readonly file: SafetensorsFile) {}

  parts(options: SafetensorsPairsOptions, source: PairSource): PairParts {
    const { file } = this;
    const one = new TensorSide(file, this.#need(options.newTensor ?? "new", "--new-tensor"));
    const other = new TensorSide(file, this.#need(options.oldTensor ?? "old", "--old-tensor"));
    this.#length = one.rows;
    if (other.rows !== one.rows)
      throw this.#invalid(
        `tensor '${other.name}' has ${other.rows} windows, but '${one.name}' has ${one.rows}: row ${Math.min(one.rows, other.rows)} has no partner`,
        "Every row needs both modalities; leave out windows that have one only.",
      );
    const where = (row: number): string => `row ${row} of ${file.path}`;
    const labels = this.#column("label");
    const splits = this.#splits(options.splitNames, where);
    const folds = this.#column("fold");
    const subjects = this.#texts("subjects") ?? this.#column("subject")?.reduce<string[]>(append, []);
    return {
      length: one.rows,
      new: one,
      old: other,
      ...(labels && { labels }),
      ...(splits && { splits }),
      ...(folds && { folds }),
      ...(subjects && { subjects }),
      sources: [source],
      notes: [],
      where,
      close: () => file.close(),
    };
  }

  #need(name: string, option: string): TensorEntry {
    const entry = this.file.find(name);
    if (entry) return entry;
    const names = this.file.entries.map((other) => other.name).slice(0, 20);
    throw this.#invalid(
      `there is no tensor '${name}' (there is ${names.join(", ") || "none"})`,
      `Name the tensor with ${option}.`,
    );
  }

  /** A tensor of one whole number a row; undefined where the file has none of that name. */
  #column(name: string): Int32Array | undefined {
    const entry = this.file.find(name);
    if (!entry) return undefined;
    const { dtype, shape, begin, end, decode } = entry;
    if (!/^[IU]/.test(dtype))
      throw this.#invalid(`tensor '${name}' is ${dtype}, but expected are whole numbers`, "Save it as I32.");
    if (shape.length !== 1 || shape[0] !== this.#length)
      throw this.#invalid(
        `tensor '${name}' has shape [${shape.join(", ")}], but expected is [${this.#length}], one number a window`,
        "Make the file again, with one entry for each window.",
      );
    const values = decode(this.file.bytes(begin, end));
    return Int32Array.from({ length: this.#length }, (_, row) => {
      const value = Number(values[row]);
      if (Math.abs(value) < 2 ** 31) return value;
      throw this.#invalid(`tensor '${name}' has ${value} in row ${row}`, "Expected are small whole numbers.");
    });
  }

  /** A list of one text a row in the metadata; undefined where the key is missing or holds no JSON list. */
  #texts(key: string): string[] | undefined {
    let list: unknown;
    try {
      list = JSON.parse(this.file.metadata[key] ?? "null");
    } catch {
      return undefined;
    }
    if (!Array.isArray(list)) return undefined;
    if (list.length !== this.#length)
      throw this.#invalid(
        `metadata '${key}' lists ${list.length} entries, but there are ${this.#length} windows`,
        "Give one entry for each window.",
      );
    return list.map(String);
  }

  #splits(given: Readonly<Record<string, number>> | undefined, where: (row: number) => string): string[] | undefined {
    const numbers = this.#column("split");
    if (!numbers) return this.#texts("split")?.map(splitName);
    const { splits, split } = this.file.metadata;
    const names = given
      ? new Map(Object.entries(given).map(([name, number]) => [number, splitName(name)]))
      : parseSplitNames(splits ?? split ?? "");
    return nameSplits(numbers, names, where);
  }

  #invalid(problem: string, hint: string): BioxError {
    return new BioxError("FILE_INVALID", `${this.file.path}: ${problem}.`, hint);
  }
}

function append(list: string[], subject: number): string[] {
  list.push(String(subject));
  return list;
}
