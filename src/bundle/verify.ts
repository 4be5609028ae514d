import { BioxError } from "../errors.js";
import { filePath } from "../paths.js";
import { sha256 } from "./bytes.js";
import { type BundleFiles, openBundleFiles } from "./files.js";
import { checkFile, type FileCheck } from "./integrity.js";
import { SIGNATURE_FILE } from "./manifest.js";
import { readManifestBytes } from "./read-manifest.js";
import { readSignature } from "./sign/signature.js";

/**
 * Checks every file that `bundle.json` lists, and goes on after the first one that does not fit.
 *
 * @returns one entry for each listed file, in the order of the list, and one for the signature where there is one
 * @throws BioxError only where there is no list to go by: BUNDLE_NOT_FOUND, FILE_UNREADABLE or BUNDLE_INVALID
 */
export async function verifyBundle(path: string | URL): Promise<FileCheck[]> {
  const files = await openBundleFiles(filePath("path", path));
  const { manifest, bytes } = await readManifestBytes(files);
  const checks: FileCheck[] = [];
  for (const [name, expected] of Object.entries(manifest.files)) {
    try {
      checks.push(checkFile(name, await files.read(name), expected));
    } catch (error) {
      if (!(error instanceof BioxError)) throw error;
      checks.push({ file: name, bytes: null, sha256: null, ok: false, problem: error.message });
    }
  }
  const signature = await checkSignature(files, bytes);
  return signature ? [...checks, signature] : checks;
}

/** Whether a signature is of this description; undefined where there is none. */
async function checkSignature(files: BundleFiles, description: Uint8Array): Promise<FileCheck | undefined> {
  const found = await files.read(SIGNATURE_FILE);
  if (found === undefined) return undefined;
  const check = { file: SIGNATURE_FILE, bytes: found.length, sha256: sha256(found) };
  try {
    await readSignature(files, description);
    return { ...check, ok: true, problem: null };
  } catch (error) {
    if (!(error instanceof BioxError)) throw error;
    return { ...check, ok: false, problem: error.message };
  }
}
