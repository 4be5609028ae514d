/**
 * An encrypted recording:
 *
 *     "BIOXENC1" | 8 bytes id of the recipient's key | 80 bytes sealed stream key | 24 bytes header of the stream | chunks
 *     chunk: u32 length (little-endian) | so many bytes of ciphertext, 17 more than what they hold
 *
 * The stream key is random and sealed to the recipient's X25519 key (libsodium `crypto_box_seal`); chunks are messages of libsodium's
 * secretstream (XChaCha20-Poly1305), the last one with the tag FINAL. What they hold, one behind another, is a recording.
 */

import { ENCRYPTED_MAGIC } from "../../stream/recording-format.js";
import type { Sodium } from "./sodium.js";

export const ID_BYTES = 8;
export const SEALED_BYTES = 80;
const STREAM_HEADER_BYTES = 24;
export const HEADER_BYTES = ENCRYPTED_MAGIC.length + ID_BYTES + SEALED_BYTES + STREAM_HEADER_BYTES;
/** Of a chunk: its tag and its authenticator. */
export const CHUNK_EXTRA = 17;
/** A record is at most 1 MiB, and goes into one chunk: a longer chunk is damage. */
export const LONGEST_CHUNK = 1 << 21;

/** A chunk with its length before it. */
export function frameChunk(ciphertext: Uint8Array): Buffer {
  const chunk = Buffer.allocUnsafe(4 + ciphertext.length);
  chunk.writeUInt32LE(ciphertext.length);
  chunk.set(ciphertext, 4);
  return chunk;
}

/** First bytes of a file, and the state that encrypts what follows. */
export function beginStream(
  sodium: Sodium,
  recipient: { bytes: Uint8Array; id: string },
): { header: Buffer; state: PushState } {
  const key = sodium.crypto_secretstream_xchacha20poly1305_keygen();
  const sealed = sodium.crypto_box_seal(key, recipient.bytes);
  const { state, header } = sodium.crypto_secretstream_xchacha20poly1305_init_push(key);
  // From here on only the state can encrypt, and only the recipient's private key can decrypt.
  sodium.memzero(key);
  return { header: Buffer.concat([ENCRYPTED_MAGIC, Buffer.from(recipient.id, "hex"), sealed, header]), state };
}

export type PushState = ReturnType<Sodium["crypto_secretstream_xchacha20poly1305_init_push"]>["state"];
