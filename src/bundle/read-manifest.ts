import { BioxError } from "../errors.js";
import type { BundleFiles } from "./files.js";
import { decodeManifest, MANIFEST_FILE } from "./manifest.js";
import type { Manifest } from "./manifest-schema.js";

/** Reads and checks the `bundle.json` of an opened bundle. */
export async function readManifest(files: BundleFiles): Promise<Manifest> {
  return (await readManifestBytes(files)).manifest;
}

/** As {@link readManifest}, with the bytes that were read, which are what a signature is of. */
export async function readManifestBytes(files: BundleFiles): Promise<{ manifest: Manifest; bytes: Uint8Array }> {
  const bytes = await files.read(MANIFEST_FILE);
  if (bytes === undefined)
    throw new BioxError(
      "BUNDLE_NOT_FOUND",
      `Folder '${files.path}' is not a bundle: it has no ${MANIFEST_FILE}.`,
      `Give the folder that holds ${MANIFEST_FILE}, or the bundle's .tar file.`,
    );
  return { manifest: decodeManifest(bytes), bytes };
}
