import { parsePublicKey } from "../../keys.js";
import { AppendFile, type CreateFile } from "../../stream/append-file.js";
import { EncryptedFile } from "./encrypted-file.js";
import { beginStream } from "./format.js";
import { loadSodium } from "./sodium.js";

/**
 * What makes files that only the owner of a private key can read: hand it to a recorder in place of plain files.
 *
 * @param recipient public key, `x25519:BASE64`, as `biox recording keygen` prints it
 * @throws BioxError KEY_INVALID
 */
export async function encryptTo(recipient: string): Promise<CreateFile> {
  const key = parsePublicKey("x25519", recipient);
  const sodium = await loadSodium();
  return async (path, start, onError) => {
    const { header, state } = beginStream(sodium, key);
    const seal = (bytes: Uint8Array, last: boolean): Uint8Array => {
      const { TAG_FINAL, TAG_MESSAGE } = tags(sodium);
      return sodium.crypto_secretstream_xchacha20poly1305_push(state, bytes, null, last ? TAG_FINAL : TAG_MESSAGE);
    };
    return EncryptedFile.create(
      (first) => AppendFile.create(path, Buffer.concat([header, first]), onError),
      start,
      seal,
    );
  };
}

function tags(sodium: Awaited<ReturnType<typeof loadSodium>>): { TAG_FINAL: number; TAG_MESSAGE: number } {
  return {
    TAG_FINAL: sodium.crypto_secretstream_xchacha20poly1305_TAG_FINAL,
    TAG_MESSAGE: sodium.crypto_secretstream_xchacha20poly1305_TAG_MESSAGE,
  };
}
