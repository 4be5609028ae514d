import { type FileHandle, rm } from "node:fs/promises";
import { BioxError } from "../../errors.js";
import { privateBytes, publicHalf, readPrivateKey } from "../../keys.js";
import { filePath } from "../../paths.js";
import { AppendFile } from "../../stream/append-file.js";
import { readAt, withFile } from "../../stream/read-at.js";
import { ENCRYPTED_MAGIC } from "../../stream/recording-format.js";
import { HEADER_BYTES, ID_BYTES, SEALED_BYTES } from "./format.js";
import { chunkAt, FIRST_CHUNK, wasCutOff } from "./read-chunks.js";
import { loadSodium, type Sodium } from "./sodium.js";

export interface DecryptOptions {
  /** Keep what stands before a place that is damaged or was altered, rather than nothing; false by default. */
  salvage?: boolean;
}

export interface DecryptReport {
  /** Bytes written. */
  readonly bytes: number;
  /** Whether the recording was ended by its recorder. One that was killed, and one that somebody cut off, was not. */
  readonly complete: boolean;
  /** Bytes at the end of the file that could not be read. */
  readonly unread: number;
}

/** What somebody had encrypted is for the owner of the key alone, as the key is. */
const MODE = 0o600;

/** Opens the next chunk; undefined where it is not what follows. */
type Pull = (chunk: Uint8Array) => { message: Uint8Array; last: boolean } | undefined;

/**
 * Decrypts a recording into a new file that its owner alone may read, up to its last whole chunk.
 *
 * @param key file of the private X25519 key, PKCS #8 in PEM
 * @param out recording to write; never overwritten, and removed again when something fails
 * @throws BioxError KEY_INVALID (another key), FILE_INVALID (no encrypted recording; damaged or altered), FILE_UNREADABLE,
 * FILE_UNWRITABLE
 */
export async function decryptRecording(
  path: string | URL,
  key: string | URL,
  out: string | URL,
  { salvage = false }: DecryptOptions = {},
): Promise<DecryptReport> {
  const from = filePath("path", path);
  const to = filePath("out", out);
  const secret = await readPrivateKey("x25519", key);
  const sodium = await loadSodium();
  return withFile(from, async (file) => {
    const pull = await openStream(from, file, sodium, {
      secret: privateBytes(secret),
      ...publicHalf("x25519", secret),
    });
    const first = await chunkAt(from, file, FIRST_CHUNK);
    const start = first.kind === "chunk" ? pull(first.bytes) : undefined;
    if (first.kind !== "chunk" || !start) throw notWhole(from);
    const target = await AppendFile.create(to, start.message, () => {}, MODE);
    try {
      const report = await copy(
        from,
        file,
        { position: first.next, last: start.last, bytes: start.message.length },
        {
          pull,
          target,
          salvage,
        },
      );
      await target.close();
      return report;
    } catch (cause) {
      await target.close().catch(() => {});
      await rm(to, { force: true });
      throw cause;
    }
  });
}

async function copy(
  path: string,
  file: FileHandle,
  { position, last, bytes }: { position: number; last: boolean; bytes: number },
  { pull, target, salvage }: { pull: Pull; target: AppendFile; salvage: boolean },
): Promise<DecryptReport> {
  const size = (await file.stat()).size;
  const end = (complete: boolean): DecryptReport => ({ bytes, complete, unread: size - position });
  for (;;) {
    const place = await chunkAt(path, file, position);
    if (place.kind === "end") return end(last);
    const opened = place.kind === "chunk" && !last ? pull(place.bytes) : undefined;
    if (place.kind === "chunk" && opened) {
      target.append(opened.message);
      await target.settled();
      bytes += opened.message.length;
      position = place.next;
      last = opened.last;
      continue;
    }
    const cut = place.kind === "cut" || (place.kind === "chunk" && (await wasCutOff(path, file, place)));
    if ((cut && !last) || salvage) return end(false);
    throw new BioxError(
      "FILE_INVALID",
      `Recording '${path}' is damaged or was altered at byte ${position}, ${size - position} bytes before its end.`,
      "Take it from a backup; --salvage keeps what stands before that place.",
    );
  }
}

/** Reads the header and opens the stream key. */
async function openStream(
  path: string,
  file: FileHandle,
  sodium: Sodium,
  key: { secret: Uint8Array; bytes: Uint8Array; id: string },
): Promise<Pull> {
  const header = await readAt(path, file, 0, HEADER_BYTES);
  if (!header.subarray(0, ENCRYPTED_MAGIC.length).equals(ENCRYPTED_MAGIC.subarray(0, header.length)))
    throw new BioxError(
      "FILE_INVALID",
      `Expected '${path}' to be an encrypted recording, but it is none.`,
      "Check the path.",
    );
  if (header.length < HEADER_BYTES) throw notWhole(path);
  const [idAt, sealedAt] = [ENCRYPTED_MAGIC.length, ENCRYPTED_MAGIC.length + ID_BYTES];
  const recipient = header.toString("hex", idAt, sealedAt);
  if (recipient !== key.id)
    throw new BioxError(
      "KEY_INVALID",
      `Recording '${path}' is encrypted to key ${recipient}, but the key that was given is ${key.id}.`,
      "Give the private key of that pair; nothing else can read it.",
    );
  try {
    const streamKey = sodium.crypto_box_seal_open(
      header.subarray(sealedAt, sealedAt + SEALED_BYTES),
      key.bytes,
      key.secret,
    );
    const state = sodium.crypto_secretstream_xchacha20poly1305_init_pull(
      header.subarray(sealedAt + SEALED_BYTES),
      streamKey,
    );
    return (chunk) => {
      const opened = sodium.crypto_secretstream_xchacha20poly1305_pull(state, chunk, null);
      return opened
        ? {
            message: opened.message,
            last: opened.tag === sodium.crypto_secretstream_xchacha20poly1305_TAG_FINAL,
          }
        : undefined;
    };
  } catch (cause) {
    throw notWhole(path, cause);
  }
}

function notWhole(path: string, cause?: unknown): BioxError {
  return new BioxError(
    "FILE_INVALID",
    `Recording '${path}' cannot be decrypted: its beginning is cut off, damaged or was altered.`,
    "Take it from a backup.",
    { cause },
  );
}
