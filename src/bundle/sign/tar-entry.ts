import { createTar } from "nanotar";
import { FILE_ATTRIBUTES } from "../tar.js";

const BLOCK = 512;
/** Of a tar header: its name, size in octal digits, and prefix of the name (POSIX.1, ustar). */
const NAME = [0, 100] as const;
const SIZE = [124, 136] as const;
const PREFIX = [345, 500] as const;
const TYPE = [156, 157] as const;
/** Entries that say more of the one behind them: of pax (POSIX.1), and long names of GNU. */
const BELONGS_TO_NEXT = /^[xLK]$/;

/** The same archive with a file of this name in it, in place of one that there was; all other entries keep their bytes. */
export function withEntry(archive: Uint8Array, name: string, data: Uint8Array): Uint8Array {
  const bytes = Buffer.from(archive.buffer, archive.byteOffset, archive.byteLength);
  const kept: Buffer[] = [];
  let at = 0;
  let ahead: Buffer[] = [];
  while (at + BLOCK <= bytes.length && bytes[at] !== 0) {
    const field = ([from, to]: readonly [number, number]): string =>
      bytes.toString("latin1", at + from, at + to).replace(/\0.*$/s, "");
    const end = at + BLOCK * (1 + Math.ceil(Number.parseInt(field(SIZE).trim() || "0", 8) / BLOCK));
    const full = (field(PREFIX) === "" ? "" : `${field(PREFIX)}/`) + field(NAME);
    const entry = bytes.subarray(at, end);
    if (BELONGS_TO_NEXT.test(field(TYPE))) ahead.push(entry);
    else {
      if (full.replace(/^\.\//, "") !== name) kept.push(...ahead, entry);
      ahead = [];
    }
    at = end;
  }
  const added = createTar([{ name, data }], { attrs: FILE_ATTRIBUTES }).subarray(
    0,
    BLOCK * (1 + Math.ceil(data.length / BLOCK)),
  );
  // Two empty blocks are the end of an archive.
  return Buffer.concat([...kept, added, Buffer.alloc(2 * BLOCK)]);
}
