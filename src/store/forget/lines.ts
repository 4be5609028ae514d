import { readFile } from "node:fs/promises";
import { unreadable } from "../../paths.js";
import { writeWhole } from "../../whole-file.js";

/** Whether a line is of a wearer. */
export type OfWearer = (line: string) => boolean;

/** Lines of JSON, such as those of a queue's journal. */
export function jsonLineOf(wearer: string): OfWearer {
  return (line) => {
    // One that was cut off is no JSON, but may name the wearer.
    if (!line.includes(`"${wearer}"`)) return false;
    try {
      return JSON.parse(line).wearer === wearer;
    } catch {
      return true;
    }
  };
}

/** Lines of InfluxDB's line protocol, with the wearer as a tag: tags end at the first space that is not escaped. */
export function influxLineOf(wearer: string): OfWearer {
  const tag = new RegExp(`^(?:\\\\.|[^ \\\\])*,wearer=${wearer}[, ]`);
  return (line) => tag.test(line);
}

/**
 * Removes lines from a text file, which is written anew in one move.
 *
 * @param dryRun only count them
 * @returns lines removed
 * @throws BioxError FILE_UNREADABLE, FILE_UNWRITABLE
 */
export async function removeLines(path: string, ofWearer: OfWearer, dryRun: boolean): Promise<number> {
  const text = await readFile(path, "utf8").catch((cause) => {
    throw unreadable(path, cause);
  });
  const lines = text.split("\n");
  const kept = lines.filter((line) => !ofWearer(line));
  const removed = lines.length - kept.length;
  if (removed === 0 || dryRun) return removed;
  await writeWhole(path, Buffer.from(kept.join("\n")));
  return removed;
}
