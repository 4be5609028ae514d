import { filePath } from "../paths.js";
import { openBundleFiles } from "./files.js";
import { readChecked } from "./integrity.js";
import type { Manifest } from "./manifest-schema.js";
import { readManifest } from "./read-manifest.js";

/**
 * Every file that a bundle lists, each checked against its size and hash, to make another bundle from.
 *
 * @throws BioxError as loading does
 */
export async function bundleContent(
  path: string | URL,
): Promise<{ manifest: Manifest; files: Record<string, Uint8Array> }> {
  const folder = await openBundleFiles(filePath("path", path));
  const manifest = await readManifest(folder);
  const files: Record<string, Uint8Array> = {};
  for (const [name, expected] of Object.entries(manifest.files))
    files[name] = await readChecked(folder, name, expected);
  return { manifest, files };
}
