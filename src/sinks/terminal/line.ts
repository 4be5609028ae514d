import { styleText } from "node:util";
import { clip, pad, textWidth } from "./text.js";

/** A piece of a line in one style. */
export type Span = readonly [text: string, style?: Parameters<typeof styleText>[0]];

/** Columns of the names at the left. */
export const NAME_WIDTH = 11;

/** A line that begins with its name. */
export function row(name: string, ...spans: Span[]): Span[] {
  return [[pad(clip(name, NAME_WIDTH - 1), NAME_WIDTH), "gray"], ...spans];
}

/** As many of the facts, the first one first, as fit whole into `width` columns: half a number would be a wrong number. */
export function joinFitting(facts: readonly Span[], width: number): Span[] {
  const out: Span[] = [];
  let used = 0;
  for (const fact of facts) {
    const gap = out.length > 0 ? "  " : "";
    used += gap.length + textWidth(fact[0]);
    if (used > width) break;
    if (gap) out.push([gap]);
    out.push(fact);
  }
  return out;
}

/** The line as the terminal gets it, at most `width` columns of it. */
export function paint(line: readonly Span[], width: number, color: boolean): string {
  let left = width;
  let out = "";
  for (const [text, style] of line) {
    const shown = clip(text, left);
    left -= textWidth(shown);
    out += color && style && shown ? styleText(style, shown, { validateStream: false }) : shown;
  }
  return out;
}
