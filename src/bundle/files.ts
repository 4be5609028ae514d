import { constants } from "node:fs";
import { open, readFile, realpath, stat } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { BioxError } from "../errors.js";
import { systemCode, unreadable } from "../paths.js";
import { ownBytes } from "./bytes.js";
import { MANIFEST_FILE } from "./manifest.js";
import { FILE_NAME } from "./manifest-schema.js";
import { openTar } from "./tar.js";

/** The files of a bundle, whether they lie in a folder or in a tar archive. */
export interface BundleFiles {
  /** Path of the folder or archive. */
  readonly path: string;
  /** Reads a file into a buffer of its own; undefined when the bundle has no file of that plain name. */
  read(name: string): Promise<Uint8Array | undefined>;
}

/**
 * Opens a bundle: a folder, or the same folder as one uncompressed tar archive.
 *
 * @throws BioxError BUNDLE_NOT_FOUND, FILE_UNREADABLE, or BUNDLE_INVALID when it is neither
 */
export async function openBundleFiles(path: string): Promise<BundleFiles> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) return new Folder(path);
    if (found.isFile()) return { path, read: openTar(await readFile(path), path) };
  } catch (error) {
    if (error instanceof BioxError) throw error;
    if (["ENOENT", "ENOTDIR"].includes(systemCode(error) ?? "")) throw notFound(path);
    throw unreadable(path, error);
  }
  throw new BioxError("BUNDLE_INVALID", `Expected bundle '${path}' to be a folder or a tar archive.`);
}

class Folder implements BundleFiles {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  async read(name: string): Promise<Uint8Array | undefined> {
    if (!FILE_NAME.test(name)) return undefined;
    const path = join(this.path, name);
    try {
      await this.#refuseEscape(path, name);
      // O_NONBLOCK: opening a named pipe that nobody writes to would otherwise wait for ever.
      const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
      try {
        if (!(await file.stat()).isFile())
          throw new BioxError("BUNDLE_INVALID", `Expected '${name}' in bundle '${this.path}' to be a plain file.`);
        return ownBytes(await file.readFile());
      } finally {
        await file.close();
      }
    } catch (error) {
      if (error instanceof BioxError) throw error;
      if (systemCode(error) === "ENOENT") return undefined;
      throw unreadable(path, error);
    }
  }

  // A plain name can still be a symbolic link, and a bundle from elsewhere must not make us read other files.
  async #refuseEscape(path: string, name: string): Promise<void> {
    const folder = await realpath(this.path);
    const target = await realpath(path);
    if (dirname(target) !== folder && !target.startsWith(folder + sep))
      throw new BioxError(
        "BUNDLE_INVALID",
        `File '${name}' of bundle '${this.path}' is a link that leads out of the bundle.`,
        "Copy the file itself into the folder.",
      );
  }
}

function notFound(path: string): BioxError {
  return new BioxError(
    "BUNDLE_NOT_FOUND",
    `No bundle was found at '${path}'.`,
    `Give the folder that holds ${MANIFEST_FILE}, or the bundle's .tar file.`,
  );
}
