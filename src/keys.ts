/** Key pairs on Curve25519: `ed25519` signs bundles, `x25519` is what recordings are encrypted to. */

import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { open } from "node:fs/promises";
import { BioxError } from "./errors.js";
import { filePath, unwritable } from "./paths.js";
import { readWhole } from "./regular-file.js";

export type KeyKind = "ed25519" | "x25519";

/** The half of a key pair that everybody may know. */
export interface PublicKey {
  readonly kind: KeyKind;
  /** 32 bytes. */
  readonly bytes: Uint8Array;
  /** As it stands in a configuration: the kind, a colon, the bytes in base64. */
  readonly text: string;
  /** First 16 hexadecimal digits of the SHA-256 of the bytes: enough to tell keys apart, too few to trust one by. */
  readonly id: string;
  /** What stands behind the key, as in `ed25519:... Release 2026`: whose it is; undefined where nothing does. */
  readonly name: string | undefined;
}

/** Bytes of a public key of either kind (RFC 7748, RFC 8032). */
const PUBLIC_BYTES = 32;
/** A private key is some hundred bytes. */
const LONGEST_FILE = 1 << 16;

/**
 * Reads a public key as it stands in a configuration or on a command line: `ed25519:` or `x25519:`, 32 bytes in base64, and whatever
 * name may follow.
 *
 * @throws BioxError KEY_INVALID
 */
export function parsePublicKey(kind: KeyKind, text: string): PublicKey {
  const [, of, base64 = "", name] = /^(\w+):([A-Za-z0-9+/]{43}=)(?:\s+(\S.*?))?\s*$/.exec(text) ?? [];
  const bytes = Buffer.from(base64, "base64");
  // Base64 of other spelling (bits behind the end) would make two texts of one key.
  if (of !== kind || bytes.length !== PUBLIC_BYTES || bytes.toString("base64") !== base64)
    throw new BioxError(
      "KEY_INVALID",
      `Expected a public key '${kind}:' with 44 letters of base64, but received '${text.slice(0, 80)}'.`,
      `Give the line that 'biox ${kind === "ed25519" ? "bundle" : "recording"} keygen' has printed.`,
    );
  return publicKey(kind, bytes, name);
}

/**
 * Makes a key pair. The private half is written as PKCS #8 in PEM, readable by its owner only.
 *
 * @throws BioxError FILE_UNWRITABLE when there is a file already, or it cannot be made
 */
export async function generateKey(kind: KeyKind, out: string | URL): Promise<PublicKey> {
  const path = filePath("out", out);
  const pair = kind === "ed25519" ? generateKeyPairSync("ed25519") : generateKeyPairSync("x25519");
  try {
    const file = await open(path, "wx", 0o600);
    try {
      await file.writeFile(pair.privateKey.export({ type: "pkcs8", format: "pem" }));
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw unwritable(path, cause);
  }
  return publicHalf(kind, pair.privateKey);
}

/** @throws BioxError FILE_UNREADABLE, FILE_INVALID (no file), or KEY_INVALID when it holds no private key of that kind */
export async function readPrivateKey(kind: KeyKind, file: string | URL): Promise<KeyObject> {
  const path = filePath("key", file);
  const bytes = await readWhole(path);
  let key: KeyObject | undefined;
  try {
    if (bytes.length <= LONGEST_FILE) key = createPrivateKey({ key: Buffer.from(bytes), format: "pem" });
  } catch {
    // What the library says of other files helps nobody.
  }
  if (key?.asymmetricKeyType === kind) return key;
  throw new BioxError(
    "KEY_INVALID",
    `Expected '${path}' to be a private key of kind ${kind} (PKCS #8 in PEM, without a passphrase), but it is ${key ? `one of kind ${key.asymmetricKeyType}` : "none"}.`,
    `Make one with 'biox ${kind === "ed25519" ? "bundle" : "recording"} keygen'.`,
  );
}

export function publicHalf(kind: KeyKind, key: KeyObject): PublicKey {
  return publicKey(kind, Buffer.from(createPublicKey(key).export({ format: "jwk" }).x!, "base64url"), undefined);
}

/** The 32 bytes of a private key. */
export function privateBytes(key: KeyObject): Uint8Array {
  return Buffer.from(key.export({ format: "jwk" }).d!, "base64url");
}

/** For node:crypto. */
export function keyObject({ kind, bytes }: PublicKey): KeyObject {
  const crv = kind === "ed25519" ? "Ed25519" : "X25519";
  return createPublicKey({ key: { kty: "OKP", crv, x: Buffer.from(bytes).toString("base64url") }, format: "jwk" });
}

function publicKey(kind: KeyKind, bytes: Buffer, name: string | undefined): PublicKey {
  const id = createHash("sha256").update(bytes).digest("hex").slice(0, 16);
  return { kind, bytes: Uint8Array.from(bytes), text: `${kind}:${bytes.toString("base64")}`, id, name };
}
