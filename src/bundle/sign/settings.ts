import * as v from "valibot";
import { parsePublicKey } from "../../keys.js";

const KEY_TEXT = "a public key 'ed25519:' with 44 letters of base64, as 'biox bundle keygen' prints it";

function isKey(text: string): boolean {
  try {
    parsePublicKey("ed25519", text);
    return true;
  } catch {
    return false;
  }
}

/** Section `trust` of a gateway's configuration: what `loadBundle` takes. */
export const trustSettings = v.strictObject({
  keys: v.pipe(
    v.optional(v.array(v.pipe(v.string(KEY_TEXT), v.check(isKey, KEY_TEXT)), "a list of public keys"), []),
    v.description("Public keys by which bundles may be signed, each as `ed25519:BASE64`; a name may follow."),
  ),
  unsigned: v.pipe(
    v.optional(v.picklist(["refuse", "allow"], "'refuse' or 'allow'"), "refuse"),
    v.description("Whether bundles without a signature are run. One signed by another key is refused in any case."),
  ),
});

export type TrustSettings = v.InferOutput<typeof trustSettings>;
