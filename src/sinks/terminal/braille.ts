/** Dots of a braille character by column and row, Unicode 2800 to 28FF. */
const DOTS = [
  [0x01, 0x02, 0x04, 0x40],
  [0x08, 0x10, 0x20, 0x80],
] as const;
const BLANK = 0x2800;

/**
 * Draws a waveform in braille characters, two dots wide and four high each, scaled to its own range.
 *
 * Where several samples share a column of dots it shows all from their lowest to their highest, so that a narrow peak does not
 * come and go as the wave moves on; where one of them is missing it stays empty, so that every loss can be seen.
 *
 * @param values equidistant samples, oldest first; one that is not finite is missing
 * @param width characters per row
 * @param height rows
 */
export function drawWave(values: ArrayLike<number>, width: number, height: number): string[] {
  const columns = width * 2;
  const rows = height * 4;
  const cells = new Uint8Array(width * height);
  const [low, high] = range(values, 0, values.length) ?? [0, 1];
  const span = high - low || 1;
  const rowOf = (value: number): number => Math.round((1 - (value - low) / span) * (rows - 1));
  let previous: number | undefined;
  for (let x = 0; x < columns; x++) {
    const from = Math.floor((x * values.length) / columns);
    const to = Math.max(from + 1, Math.floor(((x + 1) * values.length) / columns));
    const here = complete(values, from, to) ? range(values, from, to) : undefined;
    if (!here) {
      previous = undefined;
      continue;
    }
    // A steep edge between two columns is drawn as a line, or the wave would fall apart into dots.
    const bottom = Math.max(rowOf(here[0]), previous ?? 0);
    const top = Math.min(rowOf(here[1]), previous ?? rows);
    for (let y = top; y <= bottom; y++)
      cells[(y >> 2) * width + (x >> 1)]! |= DOTS[(x & 1) as 0 | 1][(y & 3) as 0 | 1 | 2 | 3];
    previous = rowOf(values[to - 1]!);
  }
  return Array.from({ length: height }, (_, row) =>
    Array.from(cells.subarray(row * width, (row + 1) * width), (dots) => String.fromCodePoint(BLANK + dots)).join(""),
  );
}

function complete(values: ArrayLike<number>, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (!Number.isFinite(values[i])) return false;
  return true;
}

/** Lowest and highest finite value; undefined where there is none. */
function range(values: ArrayLike<number>, from: number, to: number): [number, number] | undefined {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = from; i < to; i++) {
    const value = values[i]!;
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? [low, high] : undefined;
}
