import { BioxError } from "../../errors.js";
import { type PublicKey, parsePublicKey } from "../../keys.js";

/** Whose bundles are run. */
export interface Trust {
  /** Public keys, each `ed25519:BASE64` and a name if one is wanted. */
  readonly keys: readonly string[];
  /** What becomes of bundles without a signature; "refuse" by default. One by another key is refused in any case. */
  readonly unsigned?: "refuse" | "allow";
}

/** Who has signed a bundle. */
export interface Signer {
  /** `ed25519:BASE64`. */
  readonly key: string;
  /** 16 hexadecimal digits that tell keys apart. */
  readonly id: string;
  /** The name that the list of trusted keys gives it. */
  readonly name: string | undefined;
  /** Whether the key is in that list; false where none was given. */
  readonly trusted: boolean;
}

/** How {@link Trust} reads once its keys were checked. */
export interface TrustedKeys {
  readonly keys: ReadonlyMap<string, PublicKey>;
  readonly unsigned: "refuse" | "allow";
}

/** @throws BioxError KEY_INVALID */
export function parseTrust({ keys, unsigned = "refuse" }: Trust): TrustedKeys {
  return { keys: new Map(keys.map((key) => parsePublicKey("ed25519", key)).map((key) => [key.text, key])), unsigned };
}

/**
 * Decides whether a bundle is run.
 *
 * @param key by which its signature was made, and which fits; undefined where it has none
 * @param trust undefined: everything is
 * @throws BioxError BUNDLE_SIGNATURE
 */
export function requireTrusted(
  path: string,
  key: PublicKey | undefined,
  trust: TrustedKeys | undefined,
): Signer | undefined {
  const known = key && trust?.keys.get(key.text);
  if (trust && key && !known)
    throw new BioxError(
      "BUNDLE_SIGNATURE",
      `Bundle '${path}' is signed by key ${key.id}, which is not one of those that are trusted here.`,
      `If that key is to be trusted, add '${key.text}' to the list.`,
    );
  if (trust && !key && trust.unsigned === "refuse")
    throw new BioxError(
      "BUNDLE_SIGNATURE",
      `Bundle '${path}' is not signed, and only signed bundles are trusted here.`,
      "Sign it with 'biox bundle sign', or allow unsigned bundles (unsigned: allow).",
    );
  return key && { key: key.text, id: key.id, name: known?.name, trusted: known !== undefined };
}
