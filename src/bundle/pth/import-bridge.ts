import { BioxError, invalidArgument } from "../../errors.js";
import { filePath } from "../../paths.js";
import type { BridgeShape, BridgeWeights } from "../bridge-weights.js";
import { digestFile, type FileDigest } from "../digest.js";
import { writeSafetensors } from "../safetensors-write.js";
import { list } from "../tensors.js";
import { BRIDGE_PARTS, type BridgePart, type FoundBridge, findBridge } from "./bridge-names.js";
import { openTensorFile } from "./named-tensors.js";
import { type Orientation, orientations, transpose } from "./orientation.js";

export interface ImportBridgeOptions {
  /** The dict that holds the tensors, its keys joined by dots, such as "model.bridge". Default: the only one with a bridge. */
  key?: string;
  /** Names of the tensors, where they are not the usual ones. */
  names?: Partial<Record<BridgePart, string>>;
  /** T, tokens of the upper half. Needed only where the matrices fit together in several ways; see `others`. */
  tokens?: number;
}

/** A bridge that was read from a checkpoint. */
export interface ImportedBridge {
  readonly weights: BridgeWeights;
  readonly shape: BridgeShape;
  /** Names of the three tensors in the file, and which of them lay transposed. */
  readonly names: Readonly<Record<BridgePart, string>>;
  readonly transposed: Readonly<Record<BridgePart, boolean>>;
  readonly key: string;
  readonly source: FileDigest;
  /** Sizes that the same three matrices would have if more of them lay transposed; empty where there is no doubt. */
  readonly others: readonly BridgeShape[];
}

/**
 * Reads A, B and prototypes from a PyTorch checkpoint (zip archive, since PyTorch 1.6) or a .safetensors file. Of a checkpoint only
 * tensors, numbers, texts, lists and dicts are read; anything else is refused by name, and nothing is executed.
 *
 * @throws BioxError FILE_UNREADABLE; FILE_INVALID when the file is damaged, holds more than tensors, or no bridge that fits together
 */
export async function importBridge(path: string | URL, options: ImportBridgeOptions = {}): Promise<ImportedBridge> {
  const from = filePath("path", path);
  const { key, names = {}, tokens } = options;
  if (tokens !== undefined && !(Number.isSafeInteger(tokens) && tokens > 0))
    throw invalidArgument("tokens", "a whole number above 0", tokens);
  const file = await openTensorFile(from);
  try {
    const found = findBridge(file, key, names);
    const fits = fitting(from, found, tokens);
    await requireZeroBiases(from, found);
    const [{ transposed, shape }] = fits as [Orientation];
    const weights = {} as Record<BridgePart, Float32Array>;
    for (const part of BRIDGE_PARTS) {
      const tensor = found.tensors[part];
      const data = await tensor.read();
      requireFinite(from, found.names[part], data);
      weights[part] = transposed[part] ? transpose(data, tensor.shape as [number, number]) : data;
    }
    return {
      weights,
      shape,
      names: found.names,
      transposed,
      key: found.key,
      source: await digestFile(from),
      others: fits.slice(1).map((other) => other.shape),
    };
  } finally {
    file.close();
  }
}

/** The content of a bundle's `bridge.safetensors`: the weights, and in its metadata where they come from. */
export function bridgeFile({ weights, shape, source }: ImportedBridge): Uint8Array {
  const { rank, channelsIn, prototypes, tokens, width } = shape;
  return writeSafetensors(
    {
      A: { shape: [rank, channelsIn], data: weights.A },
      B: { shape: [prototypes * tokens, rank], data: weights.B },
      prototypes: { shape: [width, prototypes], data: weights.prototypes },
    },
    { source: source.file, source_sha256: source.sha256 },
  );
}

function fitting(path: string, { names, tensors }: FoundBridge, tokens: number | undefined): Orientation[] {
  for (const part of BRIDGE_PARTS) {
    const { shape } = tensors[part];
    if (shape.length !== 2 || shape.includes(0))
      throw misfit(path, `expected ${part} '${names[part]}' to be a matrix, but its shape is ${list(shape)}`);
  }
  const [a, b, p] = BRIDGE_PARTS.map((part) => tensors[part].shape as unknown as readonly [number, number]);
  const all = orientations(a!, b!, p!);
  const fits = tokens === undefined ? all : all.filter(({ shape }) => shape.tokens === tokens);
  if (fits.length > 0) return fits;
  const shapes = BRIDGE_PARTS.map((part) => `${part} ${list(tensors[part].shape)}`).join(", ");
  const found = all.length === 0 ? "" : `; they fit for ${all.map(({ shape }) => shape.tokens).join(" or ")}`;
  const wanted = tokens === undefined ? "" : ` for ${tokens} tokens`;
  throw misfit(
    path,
    `${shapes} do not fit together as A [r, C_in], B [P*T, r], prototypes [C_out, P]${wanted}${found}`,
  );
}

/** To leave out a bias that is not zero would give other answers than the training had. */
async function requireZeroBiases(path: string, { biases }: FoundBridge): Promise<void> {
  for (const [name, tensor] of Object.entries(biases)) {
    const data = await tensor.read();
    if (data.some((value) => value !== 0))
      throw misfit(path, `'${name}' is not zero, but a prototype bridge has no biases`);
  }
}

function requireFinite(path: string, name: string, data: Float32Array): void {
  const bad = data.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0)
    throw misfit(path, `expected '${name}' to hold finite 32-bit floats, but element ${bad} is ${data[bad]}`);
}

function misfit(path: string, problem: string): BioxError {
  return new BioxError(
    "FILE_INVALID",
    `File '${path}': ${problem}.`,
    "Check that these are the tensors of one bridge.",
  );
}
