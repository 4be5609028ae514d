import { readFile } from "node:fs/promises";
import * as v from "valibot";
import { explainIssue } from "../../../bundle/manifest-issue.js";
import { BioxError } from "../../../errors.js";
import { unreadable } from "../../../paths.js";
import { type RecordingsFile, recordingsSchema } from "./schema.js";

/** The description in a folder of recordings. */
export const DESCRIPTION = "pairs.yaml";

/**
 * Reads and checks a `pairs.yaml`.
 *
 * @throws BioxError FILE_UNREADABLE; FILE_INVALID naming the line or the field
 */
export async function readDescription(path: string): Promise<RecordingsFile> {
  const text = await readFile(path, "utf8").catch((cause) => {
    throw unreadable(path, cause);
  });
  // Only this needs it.
  const { parse } = await import("yaml");
  let value: unknown;
  try {
    value = parse(text);
  } catch (cause) {
    throw invalid(path, `is not YAML: ${firstLine(cause)}`, cause);
  }
  const result = v.safeParse(recordingsSchema, value);
  if (!result.success) throw invalid(path, `: ${explainIssue(result.issues[0])}`);
  for (const [at, one] of result.output.recordings.entries()) {
    const both = one.new !== undefined && one.old !== undefined;
    if (one.file === undefined ? !both : one.new !== undefined || one.old !== undefined)
      throw invalid(path, `: expected recordings[${at}] to have either 'file', or 'new' and 'old'`);
  }
  return result.output;
}

function invalid(path: string, problem: string, cause?: unknown): BioxError {
  const sentence = problem.startsWith(":") ? `${path}${problem}.` : `${path} ${problem}.`;
  return new BioxError("FILE_INVALID", sentence, "docs/select.md describes the file.", { cause });
}

/** The rest of the message shows the place by drawing under it. */
function firstLine(cause: unknown): string {
  return String((cause as Error).message)
    .split("\n")[0]!
    .replace(/[:.\s]+$/, "");
}
