import { BioxError, show } from "../../errors.js";
import type { NamedTensor, TensorDict, TensorFile } from "./named-tensors.js";

/** Parts of a bridge, and what checkpoints call them: the last words of a tensor's name, without case and ".weight". */
const KNOWN_NAMES = {
  A: ["a", "lora_a", "down", "proj_down", "down_proj", "projection_down"],
  B: ["b", "lora_b", "up", "proj_up", "up_proj", "projection_up"],
  prototypes: ["prototypes", "prototype", "protos", "proto", "prototype_set"],
} as const;

export type BridgePart = keyof typeof KNOWN_NAMES;
export const BRIDGE_PARTS = Object.keys(KNOWN_NAMES) as readonly BridgePart[];

/** A bridge's tensors within a file. */
export interface FoundBridge {
  /** What leads to the dict that holds them; "" is the file itself. */
  readonly key: string;
  readonly names: Readonly<Record<BridgePart, string>>;
  readonly tensors: Readonly<Record<BridgePart, NamedTensor>>;
  /** Biases that belong to the three; the method has none, so they must be zero. */
  readonly biases: Readonly<Record<string, NamedTensor>>;
}

/**
 * Finds the three tensors of a bridge in the one dict that has them.
 *
 * @param key the dict to look into, its keys joined by dots; without it all are searched
 * @param names given by the user; the others are known by their usual names
 * @throws BioxError FILE_INVALID when there is none, or more than one
 */
export function findBridge(
  file: TensorFile,
  key: string | undefined,
  names: Partial<Record<BridgePart, string>>,
): FoundBridge {
  const dicts = key === undefined ? file.dicts : file.dicts.filter((dict) => dict.key === key);
  if (dicts.length === 0 && key !== undefined)
    throw problem(file, `has no dict ${show(key)}`, `It has ${some(file.dicts.map((dict) => show(dict.key)))}.`);
  const found = dicts.flatMap((dict) => bridgeIn(file, dict, names) ?? []);
  if (found.length === 1) return found[0]!;
  if (found.length > 1)
    throw problem(
      file,
      `has ${found.length} dicts with a bridge: ${some(found.map(({ key }) => show(key)))}`,
      "Say which one by --key.",
    );
  const all = dicts.flatMap((dict) => [...dict.tensors.keys()]);
  throw problem(
    file,
    `has no tensors that are known to be A, B and prototypes of a bridge; it has ${all.length === 0 ? "no tensors" : some(all)}`,
    "Name them by --a, --b and --prototypes.",
  );
}

function bridgeIn(
  file: TensorFile,
  { key, tensors }: TensorDict,
  given: Partial<Record<BridgePart, string>>,
): FoundBridge | undefined {
  const names = {} as Record<BridgePart, string>;
  const found = {} as Record<BridgePart, NamedTensor>;
  const biases: Record<string, NamedTensor> = {};
  for (const part of BRIDGE_PARTS) {
    const candidates = [...tensors.keys()].filter((name) =>
      given[part] === undefined ? isKnown(part, name) : name === given[part],
    );
    if (candidates.length > 1)
      throw problem(
        file,
        `has ${candidates.length} tensors that could be ${part} of the bridge: ${some(candidates)}`,
        `Say which one by --${part.toLowerCase()}.`,
      );
    const [name] = candidates;
    if (name === undefined) return undefined;
    names[part] = name;
    found[part] = tensors.get(name)!;
    const bias = name.endsWith(".weight") ? `${name.slice(0, -".weight".length)}.bias` : undefined;
    if (bias !== undefined && tensors.has(bias)) biases[bias] = tensors.get(bias)!;
  }
  return { key, names, tensors: found, biases };
}

function isKnown(part: BridgePart, name: string): boolean {
  const words = name.replace(/\.weight$/, "").split(".");
  return (KNOWN_NAMES[part] as readonly string[]).includes(words.at(-1)!.toLowerCase());
}

function some(names: readonly string[]): string {
  return names.length <= 8 ? names.join(", ") : `${names.slice(0, 8).join(", ")} and ${names.length - 8} more`;
}

function problem(file: TensorFile, what: string, hint: string): BioxError {
  return new BioxError("FILE_INVALID", `File '${file.path}' ${what}.`, hint);
}
