import { type KeyObject, sign, verify } from "node:crypto";
import * as v from "valibot";
import { BioxError } from "../../errors.js";
import { keyObject, type PublicKey, parsePublicKey, publicHalf } from "../../keys.js";
import type { BundleFiles } from "../files.js";
import { SIGNATURE_FILE } from "../manifest.js";

/**
 * What is signed is this line and the bytes of `bundle.json` behind it, which hold the hash of every other file. The line keeps a signature
 * of ours from being one of anything else.
 */
const CONTEXT = Buffer.from("biox-bundle-signature 1\n");
/** Bytes of an Ed25519 signature (RFC 8032). */
const SIGNATURE_BYTES = 64;
/** A signature file is some 250 bytes. */
const LONGEST_FILE = 4096;

const schema = v.strictObject({
  format: v.literal("biox-signature"),
  version: v.literal(1),
  publicKey: v.string(),
  signature: v.string(),
});

/** The signature file of a description. */
export function encodeSignature(manifest: Uint8Array, key: KeyObject): Uint8Array {
  const signature = sign(null, Buffer.concat([CONTEXT, manifest]), key).toString("base64");
  const content = { format: "biox-signature", version: 1, publicKey: publicHalf("ed25519", key).text, signature };
  return new TextEncoder().encode(`${JSON.stringify(content, null, 2)}\n`);
}

/**
 * Reads who has signed a bundle.
 *
 * @param manifest bytes of its `bundle.json`
 * @returns the key that the signature was made by, trusted or not; undefined where the bundle has no signature
 * @throws BioxError BUNDLE_SIGNATURE when there is one, and it is not of this description
 */
export async function readSignature(files: BundleFiles, manifest: Uint8Array): Promise<PublicKey | undefined> {
  const bytes = await files.read(SIGNATURE_FILE);
  if (bytes === undefined) return undefined;
  const { key, signature } = decode(bytes, files.path);
  if (!verify(null, Buffer.concat([CONTEXT, manifest]), keyObject(key), signature))
    throw refused(`The signature of bundle '${files.path}' does not fit its bundle.json: one of them was altered.`);
  return key;
}

function decode(bytes: Uint8Array, path: string): { key: PublicKey; signature: Buffer } {
  try {
    if (bytes.length > LONGEST_FILE) throw new RangeError("too long");
    const content = v.parse(schema, JSON.parse(Buffer.from(bytes).toString("utf8")));
    const signature = Buffer.from(content.signature, "base64");
    if (signature.length !== SIGNATURE_BYTES || signature.toString("base64") !== content.signature)
      throw new RangeError("no signature");
    return { key: parsePublicKey("ed25519", content.publicKey), signature };
  } catch (cause) {
    throw refused(`The file ${SIGNATURE_FILE} of bundle '${path}' is not a signature of version 1.`, cause);
  }
}

function refused(message: string, cause?: unknown): BioxError {
  return new BioxError(
    "BUNDLE_SIGNATURE",
    message,
    "Get the bundle again from where it was signed; who has changed it on purpose signs it anew with 'biox bundle sign'.",
    { cause },
  );
}
