/** What moves a terminal's cursor, colours it, breaks a line or turns the direction of text: C0, DEL, C1, line separators, bidi. */
const CONTROLS = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu;
const LINE_BREAKS = /[\t\n\v\f\r\u0085\u2028\u2029]+/g;

/** Longest name that is taken from a device, in characters. */
const NAME_CHARACTERS = 64;

/** `text` on one line and without control characters, so that it can do nothing but be read. */
export function printableLine(text: string): string {
  return text.replace(LINE_BREAKS, " ").replace(CONTROLS, "");
}

/** As printableLine, line by line. */
export function printableLines(text: string): string {
  return text.split("\n").map(printableLine).join("\n");
}

/** A name that a device has chosen: without control characters, cut to 64 characters (code points). */
export function printableName(text: string): string {
  return Array.from(text.replace(CONTROLS, "")).slice(0, NAME_CHARACTERS).join("");
}
