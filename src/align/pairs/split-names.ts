import { BioxError } from "../../errors.js";

/** Longer names that people use for the four splits. */
const ALIASES: Readonly<Record<string, string>> = {
  training: "train",
  "probe-train": "train",
  pairs: "pair",
  validation: "val",
  testing: "test",
};

/**
 * Names of splits that a file numbers.
 *
 * @param text `{"train":0,"pair":1}`, `["train","pair"]`, or words such as "0 train (labelled), 1 pair"
 * @returns names by number; undefined where the text is none of these
 */
export function parseSplitNames(text: string): ReadonlyMap<number, string> | undefined {
  const pairs = fromJson(text) ?? [...text.matchAll(/(\d+)\s*[:=]?\s+([A-Za-z][\w-]*)/g)].map((m) => [m[2]!, m[1]!]);
  const names = new Map<number, string>();
  for (const [name, number] of pairs) {
    if (!Number.isInteger(Number(number))) return undefined;
    names.set(Number(number), splitName(String(name)));
  }
  return names.size === 0 ? undefined : names;
}

/** The short name of a split. */
export function splitName(name: string): string {
  return Object.hasOwn(ALIASES, name) ? ALIASES[name]! : name;
}

/**
 * Each row's split in words.
 *
 * @throws BioxError FILE_INVALID for a number without a name
 */
export function nameSplits(
  numbers: Int32Array,
  names: ReadonlyMap<number, string> | undefined,
  where: (row: number) => string,
): string[] {
  return Array.from(numbers, (number, row) => {
    const name = names?.get(number);
    if (name !== undefined) return name;
    throw new BioxError(
      "FILE_INVALID",
      `${where(row)}: the split is ${number}, but nothing says what that number stands for.`,
      "Give the names with --splits train=0,pair=1,val=2,test=3, or as JSON in the file's metadata 'splits'.",
    );
  });
}

function fromJson(text: string): [unknown, unknown][] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (Array.isArray(value)) return value.map((name, number) => [name, number]);
  return typeof value === "object" && value !== null ? Object.entries(value) : undefined;
}
