import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { SafetensorsFile, type TensorEntry } from "../../bundle/index.js";
import { BioxError } from "../../errors.js";
import { unreadable } from "../../paths.js";
import { checkLabels, checkSubjects, checkWindows } from "./check-rows.js";
import type { PairSet, PairSource } from "./pair-set.js";
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
    return new SafetensorsPairs(file, options, await digest(path));
  } catch (error) {
    file.close();
    throw error;
  }
}

class SafetensorsPairs implements PairSet {
  readonly length: number;
  readonly new: TensorSide;
  readonly old: TensorSide;
  readonly labels?: Int32Array;
  readonly splits?: readonly string[];
  readonly folds?: Int32Array;
  readonly subjects?: readonly string[];
  readonly sources: readonly PairSource[];
  readonly notes: readonly string[];

  constructor(
    private readonly file: SafetensorsFile,
    options: SafetensorsPairsOptions,
    source: PairSource,
  ) {
    this.new = new TensorSide(file, this.#need(options.newTensor ?? "new", "--new-tensor"));
    this.old = new TensorSide(file, this.#need(options.oldTensor ?? "old", "--old-tensor"));
    this.length = this.new.rows;
    if (this.old.rows !== this.length)
      throw this.#invalid(
        `tensor '${this.old.name}' has ${this.old.rows} windows, but '${this.new.name}' has ${this.length}: row ${Math.min(this.length, this.old.rows)} has no partner`,
        "Every row needs both modalities; leave out windows that have one only.",
      );
    this.sources = [source];
    const where = (row: number): string => this.where(row);
    const labels = this.#column("label");
    if (labels) checkLabels(labels, where, options.classes);
    if (labels) this.labels = labels;
    const folds = this.#column("fold");
    if (folds) this.folds = folds;
    const splits = this.#splits(options.splitNames);
    if (splits) this.splits = splits;
    const subjects = this.#texts("subjects") ?? this.#column("subject")?.reduce<string[]>(append, []);
    if (subjects) this.subjects = subjects;
    if (subjects && splits) checkSubjects(subjects, splits, where);
    this.notes = [this.new, this.old].flatMap((side) => checkWindows(side, this.length, where) ?? []);
  }

  where(row: number): string {
    return `row ${row} of ${this.file.path}`;
  }

  rowsOf(split: string): Int32Array {
    const rows = Int32Array.from({ length: this.length }, (_, row) => row);
    return rows.filter((row) => (this.splits?.[row] ?? "pair") === split);
  }

  close(): void {
    this.file.close();
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
    if (shape.length !== 1 || shape[0] !== this.length)
      throw this.#invalid(
        `tensor '${name}' has shape [${shape.join(", ")}], but expected is [${this.length}], one number a window`,
        "Make the file again, with one entry for each window.",
      );
    const values = decode(this.file.bytes(begin, end));
    return Int32Array.from({ length: this.length }, (_, row) => {
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
    if (list.length !== this.length)
      throw this.#invalid(
        `metadata '${key}' lists ${list.length} entries, but there are ${this.length} windows`,
        "Give one entry for each window.",
      );
    return list.map(String);
  }

  #splits(given: Readonly<Record<string, number>> | undefined): string[] | undefined {
    const numbers = this.#column("split");
    if (!numbers) return this.#texts("split")?.map(splitName);
    const { splits, split } = this.file.metadata;
    const names = given
      ? new Map(Object.entries(given).map(([name, number]) => [number, splitName(name)]))
      : parseSplitNames(splits ?? split ?? "");
    return nameSplits(numbers, names, (row) => this.where(row));
  }

  #invalid(problem: string, hint: string): BioxError {
    return new BioxError("FILE_INVALID", `${this.file.path}: ${problem}.`, hint);
  }
}

function append(list: string[], subject: number): string[] {
  list.push(String(subject));
  return list;
}

async function digest(path: string): Promise<PairSource> {
  const hash = createHash("sha256");
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Uint8Array);
    return { file: path, sha256: hash.digest("hex"), bytes: (await stat(path)).size };
  } catch (cause) {
    throw unreadable(path, cause);
  }
}
