import { realpath, stat } from "node:fs/promises";
import { isAbsolute, join, relative, sep } from "node:path";
import { BioxError } from "../../errors.js";
import { systemCode } from "../../paths.js";
import type { TensorProto } from "../onnx-ml_pb.js";
import { bytesOf } from "./tensor-size.js";

/** Where the bytes of a tensor are that an ONNX file keeps outside itself. */
export interface ExternalBytes {
  /** The file, links resolved. */
  readonly path: string;
  readonly offset: number;
  readonly length: number;
}

/** What a tensor says of the file it is in, unchecked. */
function entryOf({ externalData }: TensorProto, key: string): string | undefined {
  return externalData.findLast((entry) => entry.key === key)?.value;
}

/** Finds and checks the files in which a model in a folder keeps weights. */
export class ExternalFiles {
  readonly #files = new Map<string, Promise<{ path: string; size: number }>>();

  /**
   * @param folder of the `.onnx` file
   * @param name what messages call that file
   */
  constructor(
    private readonly folder: string,
    private readonly name: string,
  ) {}

  /**
   * Where a tensor's bytes are.
   *
   * @throws BioxError ONNX_INVALID when the location leads out of the folder, is no file, or the file is too short
   */
  async find(tensor: TensorProto): Promise<ExternalBytes> {
    const location = entryOf(tensor, "location") ?? "";
    const bytes = bytesOf(tensor, this.name);
    const offset = this.#whole(tensor, "offset") ?? 0;
    const length = this.#whole(tensor, "length") ?? bytes;
    if (length === undefined || (bytes !== undefined && length !== bytes))
      throw this.#refuse(tensor, `takes ${length} bytes of '${location}', but its shape asks for ${bytes}`);
    const { path, size } = await this.#open(tensor, location);
    if (offset + length > size)
      throw this.#refuse(tensor, `ends at byte ${offset + length} of '${location}', which has ${size}`);
    return { path, offset, length };
  }

  #whole(tensor: TensorProto, key: string): number | undefined {
    const text = entryOf(tensor, key);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value;
    throw this.#refuse(tensor, `gives '${text}' as the ${key} of its bytes`);
  }

  #open(tensor: TensorProto, location: string): Promise<{ path: string; size: number }> {
    const known = this.#files.get(location);
    if (known) return known;
    const found = this.#resolve(tensor, location);
    this.#files.set(location, found);
    return found;
  }

  async #resolve(tensor: TensorProto, location: string): Promise<{ path: string; size: number }> {
    const outside = (): BioxError =>
      this.#refuse(tensor, `is kept at '${location}', but weights must be in the model's folder`);
    if (location === "" || location.includes("\0") || location.includes("\\") || isAbsolute(location)) throw outside();
    if (location.split("/").includes("..")) throw outside();
    try {
      const path = await realpath(join(this.folder, location));
      const inside = relative(await realpath(this.folder), path);
      if (inside === ".." || inside.startsWith(`..${sep}`) || isAbsolute(inside)) throw outside();
      const found = await stat(path);
      if (!found.isFile()) throw this.#refuse(tensor, `is kept in '${location}', which is no file`);
      return { path, size: found.size };
    } catch (cause) {
      if (cause instanceof BioxError) throw cause;
      const reason = systemCode(cause) === "ENOENT" ? "does not exist" : `cannot be read (${systemCode(cause)})`;
      throw this.#refuse(tensor, `is kept in '${location}', which ${reason}`, cause);
    }
  }

  #refuse({ name }: TensorProto, problem: string, cause?: unknown): BioxError {
    return new BioxError(
      "ONNX_INVALID",
      `Tensor '${name}' of ${this.name} ${problem}.`,
      "Copy the model with all its files, or export it again.",
      { cause },
    );
  }
}
