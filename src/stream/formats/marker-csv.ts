/** Markers of exported tables: `time` (epoch ms), `name`, `by`. */

import { basename, dirname, join } from "node:path";
import { printableLine } from "../../devices/printable.js";
import { BioxError } from "../../errors.js";
import { openRows } from "../csv-rows.js";
import { LONGEST_MARKER_NAME, type Marker } from "../recording-format.js";
import { cell } from "./sample-csv.js";
import { type FileMarker, invalid, MOST_MARKERS } from "./signal-file.js";

/** The table as text. */
export function encodeMarkers(markers: readonly Marker[]): string {
  return `time,name,by\n${markers.map(({ at, name, by }) => `${at},${cell(name)},${by}\n`).join("")}`;
}

/** Where the markers of a table stand. */
export function markerPath(table: string): string {
  return table.replace(/\.csv$/, ".markers.csv");
}

/**
 * The markers of a table of samples: those in `walk.markers.csv` beside `walk.csv`, or beside `walk-pulse.csv`, that lie within its time.
 *
 * @param times of its rows, epoch ms
 * @param rate samples a second at which it is played
 * @throws BioxError FILE_INVALID, FILE_UNREADABLE
 */
export async function readMarkers(
  table: string,
  times: Float64Array,
  rate: number,
): Promise<{ markers: FileMarker[]; warnings: string[] }> {
  const own = markerPath(table);
  if (own === table) return { markers: [], warnings: [] };
  const shared = markerPath(join(dirname(table), basename(table).replace(/-[A-Za-z0-9_]+\.csv$/, ".csv")));
  for (const path of new Set([own, shared])) {
    const found = await readTable(path);
    if (!found) continue;
    const inside = found.filter(({ at }) => at >= times[0]! - 1000 && at <= times.at(-1)! + 1000);
    const outside = found.length - inside.length;
    return {
      markers: inside.map(({ at, name }) => ({ seconds: Math.max(0, rowAt(times, at)) / rate, name })),
      warnings:
        outside > 0
          ? [
              `${path} has ${outside} ${outside === 1 ? "marker" : "markers"} outside of the time of ${table}: left out.`,
            ]
          : [],
    };
  }
  return { markers: [], warnings: [] };
}

/** Undefined where there is no such file. */
async function readTable(path: string): Promise<{ at: number; name: string }[] | undefined> {
  const found: { at: number; name: string }[] = [];
  try {
    let row = 0;
    for await (const [time = "", name = ""] of (await openRows(path, {})) as AsyncIterable<string[]>) {
      if (row++ === 0 && time === "time") continue;
      const at = Number(time);
      const text = printableLine(name).trim().slice(0, LONGEST_MARKER_NAME);
      if (time === "" || !Number.isFinite(at) || text === "")
        throw invalid(path, `has a row ${row} that is no marker: expected time, name, by`);
      if (found.length === MOST_MARKERS) throw invalid(path, `has more than ${MOST_MARKERS} markers`);
      found.push({ at, name: text });
    }
  } catch (cause) {
    if (cause instanceof BioxError) {
      if ((cause.cause as NodeJS.ErrnoException | undefined)?.code === "ENOENT") return undefined;
      throw cause;
    }
    throw invalid(path, `is not a readable CSV file: ${(cause as Error).message}`);
  }
  return found.sort((a, b) => a.at - b.at);
}

/** The row that was taken at a time, with its fraction; times do not go back. */
function rowAt(times: Float64Array, at: number): number {
  let [low, high] = [0, times.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle]! < at) low = middle + 1;
    else high = middle;
  }
  const [before, here] = [times[low - 1], times[low]!];
  if (before === undefined || here === before) return low;
  return low - 1 + (at - before) / (here - before);
}
