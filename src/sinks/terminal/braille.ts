/** Dots of a braille character by column and row, Unicode 2800 to 28FF. */
const DOTS = [
  [0x01, 0x02, 0x04, 0x40],
  [0x08, 0x10, 0x20, 0x80],
] as const;
const BLANK = 0x2800;

/**
 * Draws a waveform in braille characters, two dots wide and four high each, scaled to its own range.
 *
 * @param values equidistant samples, oldest first; NaN leaves a gap
 * @param width characters per row
 * @param height rows
 */
export function drawWave(values: ArrayLike<number>, width: number, height: number): string[] {
  const columns = width * 2;
  const rows = height * 4;
  const cells = new Uint8Array(width * height);
  const [low, high] = range(values);
  const span = high - low || 1;
  const rowOf = (value: number): number => Math.round((1 - (value - low) / span) * (rows - 1));
  let previous: number | undefined;
  for (let x = 0; x < columns; x++) {
    const value = values[Math.floor((x * values.length) / columns)];
    if (value === undefined || Number.isNaN(value)) {
      previous = undefined;
      continue;
    }
    const row = rowOf(value);
    // A steep edge is drawn as a line, or the wave would fall apart into dots.
    const from = previous ?? row;
    for (let y = Math.min(from, row); y <= Math.max(from, row); y++)
      cells[(y >> 2) * width + (x >> 1)]! |= DOTS[(x & 1) as 0 | 1][(y & 3) as 0 | 1 | 2 | 3];
    previous = row;
  }
  return Array.from({ length: height }, (_, row) =>
    Array.from(cells.subarray(row * width, (row + 1) * width), (dots) => String.fromCodePoint(BLANK + dots)).join(""),
  );
}

function range(values: ArrayLike<number>): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? [low, high] : [0, 1];
}
