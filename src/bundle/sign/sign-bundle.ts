import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { BioxError } from "../../errors.js";
import { readPrivateKey } from "../../keys.js";
import { filePath, unwritable } from "../../paths.js";
import { writeWhole } from "../../whole-file.js";
import { openBundleFiles } from "../files.js";
import { readChecked } from "../integrity.js";
import { SIGNATURE_FILE } from "../manifest.js";
import { readManifestBytes } from "../read-manifest.js";
import { bundleFolder } from "../tar.js";
import { encodeSignature, readSignature } from "./signature.js";
import { withEntry } from "./tar-entry.js";
import { requireTrusted, type Signer } from "./trust.js";

/**
 * Signs a bundle, a folder or a .tar: writes `bundle.sig` into it, in place of a signature that it had. Every file is checked before.
 * Whoever loads the bundle meanwhile finds the old signature or the new one.
 *
 * @param key file of a private Ed25519 key, PKCS #8 in PEM
 * @throws BioxError as loading does, KEY_INVALID, and FILE_UNWRITABLE
 */
export async function signBundle(path: string | URL, key: string | URL): Promise<Signer> {
  const bundle = filePath("path", path);
  const secret = await readPrivateKey("ed25519", key);
  const files = await openBundleFiles(bundle);
  const { manifest, bytes } = await readManifestBytes(files);
  for (const [name, expected] of Object.entries(manifest.files)) await readChecked(files, name, expected);
  const signature = encodeSignature(bytes, secret);
  try {
    if ((await stat(bundle)).isDirectory()) await writeWhole(join(bundle, SIGNATURE_FILE), signature);
    else {
      const archive = await readFile(bundle);
      await writeWhole(bundle, withEntry(archive, bundleFolder(archive, bundle) + SIGNATURE_FILE, signature));
    }
  } catch (cause) {
    throw cause instanceof BioxError ? cause : unwritable(bundle, cause);
  }
  const signed = await openBundleFiles(bundle);
  return requireTrusted(bundle, await readSignature(signed, (await readManifestBytes(signed)).bytes), undefined)!;
}
