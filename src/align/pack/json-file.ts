import { BioxError } from "../../errors.js";
import { openRegular } from "../../regular-file.js";
import { isObject, type Json } from "./describe.js";

/** A description or a report has some kilobytes. */
const MOST_BYTES = 4 * 2 ** 20;

/**
 * Reads a file that holds an object: JSON, or YAML where its name ends in .yaml or .yml.
 *
 * @throws BioxError FILE_UNREADABLE, FILE_INVALID
 */
export async function readObject(path: string): Promise<Json> {
  if (!/\.ya?ml$/i.test(path)) return readJsonObject(path);
  // Only this needs it.
  const { parse } = await import("yaml");
  return readAs(path, "YAML", parse);
}

/**
 * Reads a JSON file that holds an object.
 *
 * @throws BioxError FILE_UNREADABLE, FILE_INVALID
 */
export function readJsonObject(path: string): Promise<Json> {
  return readAs(path, "JSON", JSON.parse);
}

async function readAs(path: string, format: string, parse: (text: string) => unknown): Promise<Json> {
  const file = await openRegular(path);
  try {
    const { size } = await file.stat();
    if (size > MOST_BYTES) throw invalid(path, `has ${size} bytes, more than ${MOST_BYTES}`);
    const value: unknown = parse(await file.readFile("utf8"));
    if (!isObject(value)) throw invalid(path, `does not hold an object in ${format}`);
    return value;
  } catch (cause) {
    throw cause instanceof BioxError ? cause : invalid(path, `is not ${format}`, cause);
  } finally {
    await file.close();
  }
}

function invalid(path: string, problem: string, cause?: unknown): BioxError {
  return new BioxError("FILE_INVALID", `File '${path}' ${problem}.`, "Correct the file.", { cause });
}
