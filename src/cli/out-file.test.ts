import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { unwritable } from "../index.js";
import { requireWritable } from "./out-file.js";

const folder = mkdtempSync(join(tmpdir(), "biox-out-file-"));
const at = (name: string): string => join(folder, name);
const pipe = at("pipe");
execFileSync("mkfifo", [pipe]);
afterAll(() => rmSync(folder, { recursive: true }));

describe("requireWritable", () => {
  it("lets through what can be written, and makes nothing", async () => {
    writeFileSync(at("old"), "old");
    await requireWritable(at("new"), "keep");
    await requireWritable(at("old"), "replace");
    await requireWritable(pipe, "replace");
    expect(existsSync(at("new"))).toBe(false);
  });

  it.each([
    ["nowhere/new", "keep", "its folder does not exist"],
    ["old", "keep", "it exists already"],
    [".", "replace", "it is a folder"],
    ["old/new", "replace", "its folder is a file"],
  ] as const)("refuses %s (%s)", async (name, existing, reason) => {
    writeFileSync(at("old"), "old");
    await expect(requireWritable(at(name), existing)).rejects.toMatchObject({
      code: "FILE_UNWRITABLE",
      message: expect.stringContaining(reason),
    });
  });

  it("says of a link that leads nowhere that it is not for want of a folder", async () => {
    symlinkSync(at("nowhere/else"), at("dangling"));
    await expect(
      writeFile(at("dangling"), "").catch((cause) => Promise.reject(unwritable(at("dangling"), cause))),
    ).rejects.toThrow("it is a link to a place that does not exist");
  });

  it("refuses a folder and a file that are read-only", async () => {
    if (process.getuid?.() === 0) return; // root writes everywhere
    mkdirSync(at("locked"), { mode: 0o500 });
    writeFileSync(at("fixed"), "", { mode: 0o400 });
    for (const name of ["locked/new", "fixed"])
      await expect(requireWritable(at(name), "replace")).rejects.toThrow("permission was denied");
  });
});
