/** tools/mca: estimates for Arm cores from the kernels as they are compiled. The numbers are LLVM's; what is made of them is ours. */

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { ROUTES } from "../src/bench/routes.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const estimate = (...args: string[]) =>
  spawnSync(process.execPath, ["tools/mca/estimate.mjs", ...args], { cwd: root, encoding: "utf8" });

const { status, stdout, stderr } = estimate();
const skipped = stdout.startsWith("skipped: ");
if (skipped) process.stdout.write(stdout);

const rows = stdout
  .split("\n")
  .filter((line) => /^\|(?! -)/.test(line))
  .map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
const find = (...start: string[]): string[] => {
  const found = rows.find((cells) => start.every((cell, i) => cells[i] === cell));
  expect(found, start.join(" ")).toBeDefined();
  return found!;
};

describe.runIf(!skipped)("estimates by llvm-mca", () => {
  it("finds the loop of each kernel by the work that its source says", () => {
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const work = { combine: 64, dot: 16, tile: 96, "column sums": 32, "row sum": 32 };
    for (const [kernel, each] of Object.entries(work)) expect(find(kernel, "float32")[2], kernel).toBe(String(each));
    for (const kernel of ["combine", "dot"]) expect(find(kernel, "float16")[2]).toBe(find(kernel, "float32")[2]);
    // 24 multiply-adds of four lanes, of which none of these cores starts more than two a cycle.
    for (const cell of find("tile").slice(4)) expect(Number.parseFloat(cell)).toBeGreaterThanOrEqual(12);
    for (const cell of find("tile").slice(4)) expect(Number.parseFloat(cell)).toBeLessThan(48);
  });

  it("multiplies them to every route and plan", () => {
    for (const { name } of ROUTES)
      for (const plan of ["factored", "folded"])
        for (const cell of find(`\`${name}\``, plan).slice(2)) expect(Number(cell)).toBeGreaterThan(10);

    const cycles = (kernel: string): number => Number.parseFloat(find(kernel, "float32")[4]!);
    // 19 tokens of 200 channels in, rank 8, 1680 tokens of 768 channels out; no padding, for 64 divides the output.
    const folded =
      (19 * 200 * cycles("column sums")) / 32 + (8 * 200 * cycles("dot")) / 16 + 8 * 1680 * 12 * cycles("combine");
    expect(Number(find("`fog-emg2eeg`", "folded")[2])).toBeCloseTo(folded / 1000, -1);
    // 50 prototypes; tiles of 6 tokens and 16 channels, of which 280 and 48 are needed.
    const mix = 280 * 48 * 50 * cycles("tile");
    const expand = 1680 * 50 * 8 * (cycles("combine") / 64);
    const factored = (folded - 8 * 1680 * 12 * cycles("combine") + expand + mix) / 1000;
    expect(Number(find("`fog-emg2eeg`", "factored")[2])).toBeCloseTo(factored, -1);
  });

  it("refuses a source without the kernels", () => {
    const { status, stderr } = estimate("/dev/null");
    expect(status).toBe(1);
    expect(stderr).toBe(
      "/dev/null has no inner loop of combine, dot, tile, column sums, row sum that tools/mca/loops.mjs knows.\n",
    );
  });
});
