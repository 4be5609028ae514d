import { expect, test } from "vitest";
import { drawWave } from "./braille.js";

/** Dots that are set, as x and y from the top left. */
function dots(lines: readonly string[]): Set<string> {
  const bits = [
    [0, 0],
    [0, 1],
    [0, 2],
    [1, 0],
    [1, 1],
    [1, 2],
    [0, 3],
    [1, 3],
  ] as const;
  const set = new Set<string>();
  lines.forEach((line, row) => {
    Array.from(line, (c) => c.charCodeAt(0) - 0x2800).forEach((cell, column) => {
      bits.forEach(([x, y], bit) => {
        if (cell & (1 << bit)) set.add(`${column * 2 + x},${row * 4 + y}`);
      });
    });
  });
  return set;
}

const column = (lines: readonly string[], x: number): number[] =>
  [...dots(lines)]
    .map((d) => d.split(",").map(Number) as [number, number])
    .filter(([at]) => at === x)
    .map(([, y]) => y)
    .sort((a, b) => a - b);

test("one sample a column: a straight line from the lowest row to the highest", () => {
  expect(dots(drawWave([0, 1, 2, 3], 2, 1))).toEqual(new Set(["0,3", "1,2", "1,3", "2,1", "2,2", "3,0", "3,1"]));
});

test("has the asked size, for no, one and very many samples", () => {
  for (const length of [0, 1, 3, 10_000]) {
    const lines = drawWave(Float64Array.from({ length }, Math.sin), 13, 3);
    expect(lines).toHaveLength(3);
    for (const line of lines) expect(line).toMatch(/^[\u2800-\u28ff]{13}$/);
  }
});

test("scales to its own range: offset and gain make no difference", () => {
  const wave = Float64Array.from({ length: 200 }, (_, i) => Math.sin(i / 9));
  const raw = wave.map((v) => 16384 + 512 * v);
  expect(drawWave(raw, 20, 4)).toEqual(drawWave(wave, 20, 4));
  const all = [...dots(drawWave(raw, 20, 4))].map((d) => Number(d.split(",")[1]));
  expect(Math.min(...all)).toBe(0);
  expect(Math.max(...all)).toBe(15);
});

test("a peak of one sample among many is drawn wherever it falls", () => {
  for (let at = 500; at < 560; at++) {
    const wave = new Float64Array(1000);
    wave[at] = 1;
    expect(column(drawWave(wave, 10, 2), Math.floor((at * 20) / 1000))).toContain(0);
  }
});

test("one lost sample leaves its column empty and joins nothing across", () => {
  const wave = Float64Array.from({ length: 40 }, (_, i) => (i < 21 ? 0 : 1));
  wave[20] = Number.NaN;
  const lines = drawWave(wave, 10, 2);
  expect(column(lines, 10)).toEqual([]);
  expect(column(lines, 9)).toEqual([7]);
  expect(column(lines, 11)).toEqual([0]);
});

test("an infinite sample is missing and does not flatten the rest", () => {
  const wave = [0, 1, Number.POSITIVE_INFINITY, 0, 1, Number.NEGATIVE_INFINITY];
  expect(drawWave(wave, 3, 1)).toEqual(drawWave([0, 1, Number.NaN, 0, 1, Number.NaN], 3, 1));
});

test("nothing at all is an empty picture; a constant is one row", () => {
  expect(dots(drawWave(new Float64Array(30).fill(Number.NaN), 5, 2)).size).toBe(0);
  const flat = dots(drawWave(new Float64Array(30).fill(7), 5, 2));
  expect(flat.size).toBe(10);
  expect(new Set([...flat].map((d) => d.split(",")[1])).size).toBe(1);
});
