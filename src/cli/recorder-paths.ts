import { BioxError, encryptTo, type RecorderPaths } from "../index.js";
import { samplesPath } from "./options.js";
import { requireWritable } from "./out-file.js";

/**
 * Where a recording and its decoded samples go. Samples are plain text, so there are none beside a recording that is encrypted.
 *
 * @param recording path of it
 * @param samples of `--samples`, or false for `--no-samples`
 * @param encrypt public key that it is encrypted to
 * @throws BioxError INVALID_ARGUMENT, KEY_INVALID; FILE_UNWRITABLE where there is such a file already, or can be none
 */
export async function recorderPaths(
  recording: string,
  { samples: wanted, encrypt }: { samples?: string | boolean; encrypt?: string },
): Promise<RecorderPaths> {
  if (encrypt !== undefined && typeof wanted === "string")
    throw new BioxError(
      "INVALID_ARGUMENT",
      `--samples ${wanted} is plain text, which does not go with --encrypt.`,
      "Leave one of them out; 'biox export' makes the table of a recording that was decrypted.",
    );
  const samples = encrypt === undefined ? samplesPath(recording, wanted) : undefined;
  const createFile = encrypt === undefined ? undefined : await encryptTo(encrypt);
  await requireWritable(recording, "keep");
  if (samples !== undefined) await requireWritable(samples, "keep");
  return { recording, samples, createFile };
}
