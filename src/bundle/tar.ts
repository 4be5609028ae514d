import { parseTar } from "nanotar";
import { BioxError } from "../errors.js";
import { ownBytes } from "./bytes.js";
import { MANIFEST_FILE } from "./manifest.js";

/** Reads one file of an archive by its plain name. */
export type TarReader = (name: string) => Promise<Uint8Array | undefined>;

/**
 * Reads a bundle's archive. The files may lie at its top or, as `tar cf bundle.tar bundle/` makes it, inside one folder:
 * names count from where `bundle.json` lies. Links and other special entries are left out.
 *
 * @throws BioxError BUNDLE_INVALID when the bytes are not a whole tar archive with a `bundle.json`
 */
export function openTar(bytes: Uint8Array, path: string): TarReader {
  const files = entries(bytes, path);
  const folder = folderOf(files, path);
  // Sliced, not viewed: each file gets a buffer of its own, so that cloning one does not copy the archive.
  return async (name) => files.get(folder + name)?.slice();
}

/**
 * Where in an archive a bundle lies: "" for its top, else a path that ends in "/".
 *
 * @throws BioxError as {@link openTar} does
 */
export function bundleFolder(bytes: Uint8Array, path: string): string {
  return folderOf(entries(bytes, path), path);
}

/** What entries of archives that are written here say beside name and content: the same bytes give the same archive. */
export const FILE_ATTRIBUTES = { mode: "644", uid: 0, gid: 0, mtime: 0, user: "root", group: "root" };

function folderOf(files: ReadonlyMap<string, Uint8Array>, path: string): string {
  const manifest = [...files.keys()]
    .filter((name) => name === MANIFEST_FILE || name.endsWith(`/${MANIFEST_FILE}`))
    .sort((a, b) => a.length - b.length)[0];
  if (manifest === undefined)
    throw new BioxError("BUNDLE_INVALID", `Expected '${path}' to hold ${MANIFEST_FILE}, but it does not.`, TAR_HINT);
  return manifest.slice(0, -MANIFEST_FILE.length);
}

const TAR_HINT = "Give a folder or an uncompressed .tar; unpack a .tar.gz first with gunzip.";

function entries(bytes: Uint8Array, path: string): Map<string, Uint8Array> {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b)
    throw new BioxError("BUNDLE_INVALID", `Archive '${path}' is compressed by gzip.`, TAR_HINT);
  const files = new Map<string, Uint8Array>();
  try {
    // The parser reads the whole underlying buffer, so it must hold this archive and nothing else.
    for (const { name, type, size, data } of parseTar(ownBytes(bytes).buffer))
      if (type === "file" || type === "contiguousFile") {
        if (!(size >= 0)) throw new RangeError(`entry '${name}' has no size`);
        files.set(name.replace(/^\.\//, ""), data ?? new Uint8Array(0));
      }
  } catch (error) {
    throw new BioxError("BUNDLE_INVALID", `Archive '${path}' is cut short or not a tar archive.`, TAR_HINT, {
      cause: error,
    });
  }
  return files;
}
