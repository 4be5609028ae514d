import { BioxError } from "../errors.js";
import { filePath } from "../paths.js";
import { openBundleFiles } from "./files.js";
import { checkFile, type FileCheck } from "./integrity.js";
import { readManifest } from "./read-manifest.js";

/**
 * Checks every file that `bundle.json` lists, and goes on after the first one that does not fit.
 *
 * @returns one entry for each listed file, in the order of the list
 * @throws BioxError only where there is no list to go by: BUNDLE_NOT_FOUND, FILE_UNREADABLE or BUNDLE_INVALID
 */
export async function verifyBundle(path: string | URL): Promise<FileCheck[]> {
  const files = await openBundleFiles(filePath("path", path));
  const manifest = await readManifest(files);
  const checks: FileCheck[] = [];
  for (const [name, expected] of Object.entries(manifest.files)) {
    try {
      checks.push(checkFile(name, await files.read(name), expected));
    } catch (error) {
      if (!(error instanceof BioxError)) throw error;
      checks.push({ file: name, bytes: null, sha256: null, ok: false, problem: error.message });
    }
  }
  return checks;
}
