/** Annotations of a WFDB record, as of annot(5) (https://physionet.org/physiotools/wag/annot-5.htm). */

import { printableLine } from "../../devices/printable.js";
import type { BioxError } from "../../errors.js";
import { readAt, withFile } from "../read-at.js";
import { LONGEST_MARKER_NAME } from "../recording-format.js";
import { type FileMarker, MOST_MARKERS } from "./signal-file.js";
import { AUX, SKIP } from "./wfdb-annotations.js";

/** Codes that say more of the annotation before them. */
const [NUM, SUB, CHN] = [60, 61, 62];
/** Mnemonics of annotation codes, by their number, - where there is none: ecgcodes.h and ecgmap.h of the WFDB library. */
const MNEMONICS = ' N L R a V F J A S E j / Q ~ - | - s T * D " = p B ^ t + u ? ! [ ] e n @ x f ( ) r'.split(" ");
/** Each annotation has two bytes or more. */
const LONGEST = 1 << 26;
const RESOLUTION = /^## time resolution: ([\d.]+)$/;

function mnemonic(code: number): string {
  const sign = MNEMONICS[code] ?? "-";
  return sign === "-" || sign === "" ? `code ${code}` : sign;
}

interface Annotations {
  readonly markers: readonly FileMarker[];
  readonly warnings: readonly string[];
}

/**
 * Reads the `.atr` file beside a header, where there is one: each annotation is a marker, with its text as name, or else the mnemonic of
 * its code, such as `V`.
 *
 * @param rate frames a second of the record
 * @throws BioxError FILE_UNREADABLE
 */
export async function readAnnotations(header: string, rate: number): Promise<Annotations> {
  const path = header.replace(/\.hea$/, ".atr");
  try {
    const bytes = await withFile(path, (file) => readAt(path, file, 0, LONGEST));
    return decodeAnnotations(path, bytes, rate);
  } catch (cause) {
    const absent = ((cause as BioxError).cause as NodeJS.ErrnoException | undefined)?.code === "ENOENT";
    if (absent) return { markers: [], warnings: [] };
    throw cause;
  }
}

function decodeAnnotations(path: string, bytes: Buffer, rate: number): Annotations {
  const markers: FileMarker[] = [];
  const warnings: string[] = [];
  let open: { time: number; code: number; text: string } | undefined;
  let time = 0;
  let resolution = rate;
  const close = (): void => {
    if (!open) return;
    const [, said] = RESOLUTION.exec(open.text) ?? [];
    if (said !== undefined && Number(said) > 0 && open.time === 0) resolution = Number(said);
    // Notes of the annotators' programs about the file itself stand at 0.
    else if (!(open.time === 0 && open.text.startsWith("## "))) {
      const name = printableLine(open.text || mnemonic(open.code)).trim();
      if (name !== "") markers.push({ seconds: open.time / resolution, name: name.slice(0, LONGEST_MARKER_NAME) });
    }
    open = undefined;
  };
  let ended = false;
  let at = 0;
  for (; at + 2 <= bytes.length && markers.length < MOST_MARKERS; ) {
    const word = bytes.readUInt16LE(at);
    const [code, low] = [word >> 10, word & 0x3ff];
    at += 2;
    if (word === 0) {
      ended = true;
      break;
    }
    if (code === SKIP) {
      if (at + 4 > bytes.length) break;
      // The upper half first, as on a PDP-11.
      time += (bytes.readInt16LE(at) << 16) | bytes.readUInt16LE(at + 2);
      at += 4;
    } else if (code === AUX) {
      if (at + low > bytes.length) break;
      // What stands behind a zero is left over from something else.
      if (open) open.text = bytes.toString("utf8", at, at + low).split("\0")[0]!;
      at += low + (low % 2);
    } else if (code !== NUM && code !== SUB && code !== CHN) {
      close();
      time += low;
      open = { time, code, text: "" };
    }
  }
  close();
  if (!ended)
    warnings.push(
      markers.length === MOST_MARKERS
        ? `${path} has more than ${MOST_MARKERS} annotations: the first of them are read.`
        : `${path} ends in the middle of its annotations: markers behind that are not known.`,
    );
  markers.sort((a, b) => a.seconds - b.seconds);
  return { markers, warnings };
}
