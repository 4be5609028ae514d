import { describe, expect, it } from "vitest";
import { guessColumns } from "./guess.js";

/** Names of sample channels, and roles of the other columns. */
function guess(row: (n: number) => number[]): string[] {
  const rows = Array.from({ length: 16 }, (_, n) => row(n));
  return guessColumns(rows).map(({ role, name }) => (role === "sample" ? name : role));
}

const wave = (n: number): number => 512 + Math.round(200 * Math.sin(n / 5));

describe("guessColumns", () => {
  it("sees a time in ms or us before the values, though its steps differ a little", () => {
    expect(guess((n) => [5000 + n * 20, wave(n)])).toEqual(["time", "ch1"]);
    expect(guess((n) => [5000 + Math.floor(n * 7.8125), wave(n), 3])).toEqual(["time", "ch1", "ch2"]);
    expect(guess((n) => [1_760_000_000_000 + n * 40, wave(n)])).toEqual(["time", "ch1"]);
    expect(guess((n) => [9_000_000 + n * 20_000 + ((n * 7) % 90), wave(n)])).toEqual(["time", "ch1"]);
  });

  it("takes no rising signal for a time", () => {
    expect(guess((n) => [500 + n * 5, wave(n)])).toEqual(["ch1", "ch2"]); // within a converter's range
    expect(guess((n) => [100_000 + n * (50 + n), wave(n)])).toEqual(["ch1", "ch2"]); // steps that differ
    expect(guess((n) => [100_000, wave(n)])).toEqual(["ch1", "ch2"]);
    expect(guess((n) => [5000.5 + n * 20, wave(n)])).toEqual(["ch1", "ch2"]);
  });

  it("sees PulseSensor's forms by a rate and an interval that belong together", () => {
    expect(guess((n) => [72, 833, wave(n)])).toEqual(["slow", "interval", "ppg"]);
    expect(guess((n) => [n < 9 ? 72 : 73, 833, wave(n)])).toEqual(["slow", "interval", "ppg"]);
    expect(guess((n) => [wave(n), 72, 833, Number(n === 4)])).toEqual(["ppg", "slow", "interval", "beat"]);
  });

  it("takes nothing else for them", () => {
    expect(guess((n) => [72, 300, wave(n)])).toEqual(["ch1", "ch2", "ch3"]); // 200 a minute
    expect(guess((n) => [72 + (n % 3), 833, wave(n)])).toEqual(["ch1", "ch2", "ch3"]);
    expect(guess(() => [72, 833, 512])).toEqual(["ch1", "ch2", "ch3"]);
    expect(guess((n) => [wave(n), 72, 833, n % 3])).toEqual(["ch1", "ch2", "ch3", "ch4"]);
    expect(guess((n) => [0.1, 0.2, wave(n)])).toEqual(["ch1", "ch2", "ch3"]);
  });
});
