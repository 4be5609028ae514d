import { BioxError } from "../../../errors.js";
import type { SampleClock } from "./sample-clock.js";

/** The time that both files cover, in s. */
export interface Overlap {
  readonly start: number;
  readonly end: number;
}

/**
 * Finds what two files have in common, and refuses those whose clocks do not go together: pairs cut from them would be of different
 * moments, which no later step can tell.
 *
 * @param hop s from window to window: what may be amiss
 * @throws BioxError FILE_INVALID naming files and rows
 */
export function alignClocks(one: SampleClock, other: SampleClock, hop: number): Overlap {
  for (const clock of [one, other]) {
    const away = clock.runsAway(hop);
    if (away)
      throw new BioxError(
        "FILE_INVALID",
        `${clock.file} row ${away.row}: the clock drifts: there the time column is ${away.seconds.toFixed(2)} s ${away.seconds > 0 ? "ahead of" : "behind"} what ${clock.rate} samples a second make.`,
        "Give the true rate under 'rate', or correct the time column.",
      );
  }
  const overlap = { start: Math.max(one.start, other.start), end: Math.min(one.end, other.end) };
  if (overlap.start >= overlap.end)
    throw new BioxError(
      "FILE_INVALID",
      `${one.file} covers ${span(one)} and ${other.file} ${span(other)}: they have no time in common.`,
      "Give both files times of the same clock, and check 'timeUnit'.",
    );
  const [short, long] = one.end - one.start < other.end - other.start ? [one, other] : [other, one];
  const more = long.end - long.start - (short.end - short.start);
  if (more > hop)
    throw new BioxError(
      "FILE_INVALID",
      `${short.file} ends at row ${short.count} and covers ${span(short)}, but ${long.file} covers ${span(long)}: ${more.toFixed(2)} s more, so that their clocks drift, or one was cut.`,
      "Cut both files to the same moments, by a clock that both share.",
    );
  return overlap;
}

function span({ start, end }: SampleClock): string {
  return `${start.toFixed(2)} to ${end.toFixed(2)} s`;
}
