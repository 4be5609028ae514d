import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createTar } from "nanotar";
import { BioxError, invalidArgument } from "../errors.js";
import { filePath, makeFolder, unwritable } from "../paths.js";
import { writeWhole } from "../whole-file.js";
import { sha256 } from "./bytes.js";
import { openBundleFiles } from "./files.js";
import { readChecked } from "./integrity.js";
import { MANIFEST_FILE, parseManifest, SIGNATURE_FILE } from "./manifest.js";
import { FILE_NAME, type FileRecord, type Manifest, type NewManifest } from "./manifest-schema.js";
import { readManifestBytes } from "./read-manifest.js";
import { readSignature } from "./sign/signature.js";
import { FILE_ATTRIBUTES } from "./tar.js";

/** What {@link writeBundle} takes: the description without its list of files, and the files' contents by name. */
export interface BundleParts {
  readonly manifest: NewManifest;
  readonly files: Readonly<Record<string, Uint8Array>>;
}

/**
 * Writes a bundle folder. Sizes and hashes are computed here; `bundle.json` is written last and in one move, so a folder
 * that has one is complete.
 *
 * @param signal ends the writing in the middle, with the signal's reason; what is written by then has no `bundle.json`
 * @returns the description as written
 * @throws BioxError BUNDLE_INVALID when the description does not fit the schema or lacks a file, FILE_UNWRITABLE when
 * the folder cannot be written
 */
export async function writeBundle(
  folder: string | URL,
  parts: BundleParts,
  { signal }: { signal?: AbortSignal | undefined } = {},
): Promise<Manifest> {
  const path = filePath("folder", folder);
  const files: Record<string, FileRecord> = {};
  for (const [name, bytes] of Object.entries(parts.files)) {
    if (!FILE_NAME.test(name) || name === MANIFEST_FILE || name === SIGNATURE_FILE)
      throw invalidArgument("file name", `a plain name other than ${MANIFEST_FILE} and ${SIGNATURE_FILE}`, name);
    files[name] = { sha256: sha256(bytes), bytes: bytes.length };
  }
  const manifest = parseManifest({ ...parts.manifest, files });
  try {
    await makeFolder(path);
    for (const [name, bytes] of Object.entries(parts.files)) await writeFile(join(path, name), bytes, { signal });
    signal?.throwIfAborted();
    const description = Buffer.from(`${JSON.stringify({ ...parts.manifest, files }, null, 2)}\n`);
    await writeWhole(join(path, MANIFEST_FILE), description);
    await dropForeignSignature(path, description);
  } catch (cause) {
    signal?.throwIfAborted();
    throw cause instanceof BioxError ? cause : unwritable(path, cause);
  }
  return manifest;
}

/**
 * Packs a bundle folder into one uncompressed tar archive: `bundle.json` first, its signature if there is one, then each listed file,
 * verified.
 * The same bundle always gives the same bytes.
 *
 * @throws BioxError as loading does, and FILE_UNWRITABLE when `out` cannot be written
 */
export async function packTar(folder: string | URL, out: string | URL): Promise<void> {
  const files = await openBundleFiles(filePath("folder", folder));
  const { manifest, bytes } = await readManifestBytes(files);
  const entries = [{ name: MANIFEST_FILE, data: bytes }];
  if (await readSignature(files, bytes))
    entries.push({ name: SIGNATURE_FILE, data: await readChecked(files, SIGNATURE_FILE) });
  for (const [name, expected] of Object.entries(manifest.files))
    entries.push({ name, data: await readChecked(files, name, expected) });
  const tar = createTar(entries, { attrs: FILE_ATTRIBUTES });
  // The library may leave out the end mark of two empty blocks, without which other tars complain.
  const padded = new Uint8Array(tar.length + 1024);
  padded.set(tar);
  await writeWhole(filePath("out", out), padded);
}

/** A signature that was there stays where the bundle was written as it was; of another one it would only make it invalid. */
async function dropForeignSignature(folder: string, description: Uint8Array): Promise<void> {
  const own = await readSignature(await openBundleFiles(folder), description).then(
    () => true,
    () => false,
  );
  if (!own) await rm(join(folder, SIGNATURE_FILE), { force: true });
}
