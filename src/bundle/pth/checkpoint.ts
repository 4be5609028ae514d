import { BioxError } from "../../errors.js";
import { openRegular } from "../../regular-file.js";
import { list } from "../tensors.js";
import { toContiguous } from "./contiguous.js";
import type { PickleValue, TensorView } from "./pickle-values.js";
import { damaged } from "./refuse.js";
import { decodeStorage, elementBytes } from "./storage-types.js";
import { unpickle } from "./unpickle.js";
import { Zip } from "./zip.js";

/** The pickle holds names and shapes, some hundred bytes a tensor. */
const MOST_PICKLE_BYTES = 16 * 2 ** 20;
/** Of one storage, and of one tensor as 32-bit floats. The largest bridge of the published routes has 7 MB. */
const MOST_TENSOR_BYTES = 2 ** 30;

/** A checkpoint as torch.save has written it since PyTorch 1.6: a zip archive of a pickle and the memory of its tensors. */
export class Checkpoint {
  readonly path: string;
  /** What was saved: usually a dict of tensors, or one with such a dict in it. */
  readonly root: PickleValue;
  readonly #zip: Zip;
  readonly #folder: string;
  readonly #bigEndian: boolean;

  private constructor(zip: Zip, folder: string, root: PickleValue, bigEndian: boolean) {
    this.path = zip.path;
    this.root = root;
    this.#zip = zip;
    this.#folder = folder;
    this.#bigEndian = bigEndian;
  }

  /**
   * Reads the pickle; tensors are read when they are asked for.
   *
   * @throws BioxError FILE_UNREADABLE; FILE_INVALID when the file is of another format, damaged, or holds more than tensors
   */
  static async open(path: string): Promise<Checkpoint> {
    await requireZip(path);
    const zip = await Zip.open(path);
    try {
      const folder = findFolder(zip);
      const root = unpickle(await zip.read(`${folder}data.pkl`, MOST_PICKLE_BYTES), path);
      return new Checkpoint(zip, folder, root, await isBigEndian(zip, folder));
    } catch (error) {
      zip.close();
      throw error;
    }
  }

  /**
   * A tensor's values, row-major, as 32-bit floats.
   *
   * @throws BioxError FILE_INVALID when it is not of floats, too large, or its storage is missing or damaged
   */
  async read({ storage, offset, shape, strides }: TensorView, name: string): Promise<Float32Array> {
    const { type, key, count } = storage;
    const elements = shape.reduce((product, extent) => product * extent, 1);
    if (!(elements * 4 <= MOST_TENSOR_BYTES))
      throw damaged(this.path, `has a tensor '${name}' of shape ${list(shape)}, more than ${MOST_TENSOR_BYTES} bytes`);
    const entry = `${this.#folder}data/${key}`;
    const size = this.#zip.size(entry);
    // Before anything is unpacked: a few kilobytes can claim to be a gigabyte, and be it.
    if (size !== undefined && size !== count * elementBytes(type))
      throw damaged(
        this.path,
        `is damaged: '${entry}' has ${size} bytes, but ${count} elements of ${type} were expected`,
      );
    const data = decodeStorage(type, await this.#zip.read(entry, MOST_TENSOR_BYTES), this.#bigEndian);
    if (!(data instanceof Float32Array || data instanceof Float64Array))
      throw new BioxError(
        "FILE_INVALID",
        `Tensor '${name}' of file '${this.path}' is of ${type}, but floats were expected.`,
      );
    return toContiguous(data, offset, shape, strides);
  }

  close(): void {
    this.#zip.close();
  }
}

/** Other formats of PyTorch are known by how they begin, so that it can be said what to do. */
async function requireZip(path: string): Promise<void> {
  const head = new Uint8Array(4);
  const file = await openRegular(path);
  try {
    await file.read(head, 0, 4, 0);
  } finally {
    await file.close();
  }
  if (head[0] === 0x50 && head[1] === 0x4b) return;
  const python = "torch.save(torch.load('old.pth', weights_only=True), 'new.pth')";
  if (head[0] === 0x80 && head[1]! >= 2 && head[1]! <= 5)
    throw new BioxError(
      "FILE_INVALID",
      `File '${path}' is a bare pickle, as PyTorch wrote checkpoints before version 1.6; a zip archive was expected.`,
      `Convert it once, in Python: ${python}`,
    );
  throw new BioxError(
    "FILE_INVALID",
    `File '${path}' is not a PyTorch checkpoint: expected a zip archive, but it begins with ${hex(head)}.`,
    "Give a file that torch.save wrote, or one that ends in .safetensors.",
  );
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
}

/** PyTorch puts all entries into one folder, named after the file that was saved. */
function findFolder(zip: Zip): string {
  const [first, ...more] = zip.names.filter((name) => /^(?:[^/]+\/)?data\.pkl$/.test(name));
  if (first === undefined || more.length > 0)
    throw new BioxError(
      "FILE_INVALID",
      `File '${zip.path}' is not a PyTorch checkpoint: expected one entry data.pkl, but it has ${more.length + (first ? 1 : 0)}.`,
      "Give a file that torch.save wrote.",
    );
  const folder = first.slice(0, -"data.pkl".length);
  if (zip.size(`${folder}constants.pkl`) !== undefined)
    throw new BioxError(
      "FILE_INVALID",
      `File '${zip.path}' is a TorchScript program, not a state dict.`,
      "Save its tensors alone, in Python: torch.save(torch.jit.load('x.pt').state_dict(), 'bridge.pth')",
    );
  return folder;
}

async function isBigEndian(zip: Zip, folder: string): Promise<boolean> {
  const entry = `${folder}byteorder`;
  // PyTorch before 2.1 did not say; it ran on little-endian machines.
  if (zip.size(entry) === undefined) return false;
  const order = new TextDecoder().decode(await zip.read(entry, 16));
  if (order !== "little" && order !== "big")
    throw damaged(zip.path, `is damaged: its byteorder is '${order}' instead of 'little' or 'big'`);
  return order === "big";
}
