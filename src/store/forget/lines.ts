import { createReadStream } from "node:fs";
import { writeFile } from "node:fs/promises";
import { unreadable } from "../../paths.js";
import { WholeFile } from "../../whole-file.js";

const PIECE_BYTES = 1 << 16;

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
 * Removes lines from a text file, which is written anew beside it and put in its place in one move: it keeps its owner and its mode. It is
 * read piece by piece, since it may be larger than the memory.
 *
 * @param dryRun only count them
 * @returns lines removed
 * @throws BioxError FILE_UNREADABLE, FILE_UNWRITABLE
 */
export async function removeLines(path: string, ofWearer: OfWearer, dryRun: boolean): Promise<number> {
  let removed = 0;
  for await (const line of linesOf(path)) if (ofWearer(line.toString())) removed++;
  if (removed === 0 || dryRun) return removed;
  // What a process that ended in the middle of this has left behind is written over.
  const whole = await WholeFile.create(path, { part: `${path}.part` });
  await whole.fill((file) => writeFile(file, kept(path, ofWearer)));
  await whole.complete();
  await whole.place();
  return removed;
}

/** The lines that are not of the wearer, joined to pieces that are worth a write. */
async function* kept(path: string, ofWearer: OfWearer): AsyncGenerator<Buffer> {
  let piece: Buffer[] = [];
  let bytes = 0;
  for await (const line of linesOf(path)) {
    if (ofWearer(line.toString())) continue;
    piece.push(line);
    bytes += line.length;
    if (bytes < PIECE_BYTES) continue;
    yield Buffer.concat(piece);
    piece = [];
    bytes = 0;
  }
  yield Buffer.concat(piece);
}

/** Lines with their ends; the last one may have none. */
async function* linesOf(path: string): AsyncGenerator<Buffer> {
  let rest: Buffer[] = [];
  try {
    for await (const bytes of createReadStream(path) as AsyncIterable<Buffer>) {
      let from = 0;
      for (let end = bytes.indexOf(0x0a); end >= 0; end = bytes.indexOf(0x0a, from)) {
        yield Buffer.concat([...rest, bytes.subarray(from, end + 1)]);
        rest = [];
        from = end + 1;
      }
      if (from < bytes.length) rest.push(bytes.subarray(from));
    }
  } catch (cause) {
    throw unreadable(path, cause);
  }
  if (rest.length > 0) yield Buffer.concat(rest);
}
