import { execFileSync } from "node:child_process";
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { type FileHandle, open, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { unwritable } from "../index.js";
import { requireWritable, writeWhole } from "./out-file.js";

const folder = mkdtempSync(join(tmpdir(), "biox-out-file-"));
const at = (name: string): string => join(folder, name);
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const pipe = at("pipe");
execFileSync("mkfifo", [pipe]);
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => vi.restoreAllMocks());

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

  it("says of a file that nobody can make that it is not for want of a folder", async () => {
    if (process.platform !== "linux") return;
    await expect(writeWhole("/proc/biox-test", bytes("new"))).rejects.toMatchObject({
      code: "FILE_UNWRITABLE",
      message: expect.stringMatching(/its file system takes no new files|permission was denied/),
    });
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

describe("writeWhole", () => {
  it("replaces a file, also behind a link, and keeps its rights", async () => {
    writeFileSync(at("result"), "something longer");
    chmodSync(at("result"), 0o640);
    symlinkSync("result", at("link"));
    await writeWhole(at("link"), bytes("new"));
    expect(readFileSync(at("result"), "utf8")).toBe("new");
    expect(lstatSync(at("link")).isSymbolicLink()).toBe(true);
    expect(statSync(at("result")).mode & 0o777).toBe(0o640);
  });

  // A pipe of our own stands for every device: a test that fails as root must not cost the machine its /dev/null.
  it("does not take the place of what is no regular file", async () => {
    const reader = openSync(pipe, constants.O_RDWR);
    await writeWhole(pipe, bytes("through"));
    expect(lstatSync(pipe).isFIFO()).toBe(true);
    const got = Buffer.alloc(7);
    readSync(reader, got);
    closeSync(reader);
    expect(got.toString()).toBe("through");
  });

  it("leaves the old content, and nothing else, where the disk is full", async () => {
    const own = mkdtempSync(at("full-"));
    const path = join(own, "result");
    writeFileSync(path, "old");
    const file = await open(own);
    const handles: FileHandle = Object.getPrototypeOf(file);
    await file.close();
    vi.spyOn(handles, "sync").mockRejectedValue(Object.assign(new Error("full"), { code: "ENOSPC" }));
    await expect(writeWhole(path, bytes("new"))).rejects.toMatchObject({
      code: "FILE_UNWRITABLE",
      message: `File '${path}' cannot be written: the disk is full.`,
    });
    expect(readdirSync(own)).toEqual(["result"]);
    expect(readFileSync(path, "utf8")).toBe("old");
  });
});
