import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import { BioxError } from "../errors.js";
import { unreadable } from "../paths.js";
import type { ListenSettings } from "./settings.js";

/** A certificate and its key, as Node takes them. */
export interface Certificate {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/**
 * Reads the files of a certificate and sees that they can be used together.
 *
 * @throws BioxError FILE_UNREADABLE, FILE_INVALID
 */
export function readCertificate({ certificate, key }: NonNullable<ListenSettings["tls"]>): Certificate {
  const files = { cert: read(certificate), key: read(key) };
  try {
    createSecureContext(files);
  } catch (cause) {
    throw new BioxError(
      "FILE_INVALID",
      `Certificate '${certificate}' and key '${key}' cannot be used: ${(cause as Error).message}.`,
      "Both must be PEM, without a password, and made for one another.",
      { cause },
    );
  }
  return files;
}

function read(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw unreadable(path, cause);
  }
}
