import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { linuxCaches, machineCaches } from "./caches.js";

const folder = mkdtempSync(join(tmpdir(), "biox-caches-"));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function list(...caches: [level: number, type: string, size: string][]): void {
  caches.forEach(([level, type, size], i) => {
    const index = join(folder, `index${i}`);
    mkdirSync(index, { recursive: true });
    writeFileSync(join(index, "level"), `${level}\n`);
    writeFileSync(join(index, "type"), `${type}\n`);
    writeFileSync(join(index, "size"), `${size}\n`);
  });
  writeFileSync(join(folder, "uevent"), "");
}

describe("linuxCaches", () => {
  it("reads a desktop's three levels, and not its instruction cache", () => {
    list([1, "Data", "48K"], [1, "Instruction", "64K"], [2, "Unified", "1M"], [3, "Unified", "32768K"]);
    expect(linuxCaches(folder)).toEqual({ l1d: 48 << 10, l2: 1 << 20, l3: 32 << 20 });
  });

  it("reads a board's two levels", () => {
    list([1, "Data", "32K"], [2, "Unified", "1024K"]);
    expect(linuxCaches(folder)).toEqual({ l1d: 32 << 10, l2: 1 << 20, l3: 0 });
  });

  it("takes a small board's sizes for what is not told or makes no sense", () => {
    list([1, "Data", "unknown"], [2, "Unified", "0K"], [4, "Unified", "128M"]);
    expect(linuxCaches(folder)).toEqual({ l1d: 32 << 10, l2: 512 << 10, l3: 0 });
  });
});

it("machineCaches gives sizes that a processor can have, the same each time", () => {
  const { l1d, l2, l3 } = machineCaches();
  expect(l1d).toBeGreaterThanOrEqual(8 << 10);
  expect(l2).toBeGreaterThanOrEqual(l1d);
  expect(l3 === 0 || l3 >= l2).toBe(true);
  expect(machineCaches()).toEqual({ l1d, l2, l3 });
});
