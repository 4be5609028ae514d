import { BioxError } from "../errors.js";
import { sha256 } from "./bytes.js";
import type { BundleFiles } from "./files.js";
import type { FileRecord } from "./manifest-schema.js";

/** What a file of a bundle was found to be. */
export interface FileCheck {
  readonly file: string;
  /** Size found in bytes; null where the file cannot be read. */
  readonly bytes: number | null;
  /** SHA-256 found, lower-case hexadecimal; null where the file cannot be read. */
  readonly sha256: string | null;
  readonly ok: boolean;
  /** One clear sentence, or null where all is well. */
  readonly problem: string | null;
}

/** Compares a file's content with what `bundle.json` says of it; `bytes` undefined is a missing file. */
export function checkFile(file: string, bytes: Uint8Array | undefined, expected: FileRecord): FileCheck {
  if (bytes === undefined) return { file, bytes: null, sha256: null, ok: false, problem: `File '${file}' is missing.` };
  const found = { file, bytes: bytes.length, sha256: sha256(bytes) };
  if (found.bytes !== expected.bytes) {
    const problem = `File '${file}' is altered or incomplete: expected ${expected.bytes} bytes, but it has ${found.bytes}.`;
    return { ...found, ok: false, problem };
  }
  if (found.sha256 !== expected.sha256) {
    const problem = `File '${file}' is altered or incomplete: its SHA-256 is not the one that bundle.json gives.`;
    return { ...found, ok: false, problem };
  }
  return { ...found, ok: true, problem: null };
}

/**
 * Reads a file of a bundle and, where `expected` is given, insists on its size and hash.
 *
 * @throws BioxError BUNDLE_HASH when it is missing or not what `bundle.json` says
 */
export async function readChecked(files: BundleFiles, name: string, expected?: FileRecord): Promise<Uint8Array> {
  const bytes = await files.read(name);
  if (bytes === undefined) throw broken(`File '${name}' of bundle '${files.path}' is missing.`);
  if (expected === undefined) return bytes;
  const { problem } = checkFile(name, bytes, expected);
  if (problem !== null) throw broken(problem.replace(`'${name}'`, `'${name}' of bundle '${files.path}'`));
  return bytes;
}

function broken(message: string): BioxError {
  return new BioxError(
    "BUNDLE_HASH",
    message,
    "Copy the bundle again from its source; 'biox bundle verify' checks every file.",
  );
}
