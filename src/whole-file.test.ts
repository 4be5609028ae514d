import { execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  existsSync,
  lstatSync,
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
import { type FileHandle, open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { WholeFile, writeWhole } from "./whole-file.js";

const all = mkdtempSync(join(tmpdir(), "biox-whole-file-"));
let folder: string;
const at = (name: string): string => join(folder, name);
const text = (name: string): string => readFileSync(at(name), "utf8");
const bytes = (content: string): Uint8Array => new TextEncoder().encode(content);
beforeEach(() => {
  folder = mkdtempSync(join(all, "test-"));
});
afterEach(() => vi.restoreAllMocks());
afterAll(() => rmSync(all, { recursive: true }));

/** Has every open file answer to a method with an error of the system. */
async function failing(method: "sync" | "writeFile", code: string): Promise<void> {
  const file = await open(folder);
  const handles: FileHandle = Object.getPrototypeOf(file);
  await file.close();
  vi.spyOn(handles, method).mockRejectedValue(Object.assign(new Error(code), { code }));
}

describe("writeWhole", () => {
  it("replaces a file, also behind a link, and keeps its rights", async () => {
    writeFileSync(at("result"), "something longer");
    chmodSync(at("result"), 0o640);
    symlinkSync("result", at("link"));
    await writeWhole(at("link"), bytes("new"), { mode: 0o600 });
    expect(text("result")).toBe("new");
    expect(lstatSync(at("link")).isSymbolicLink()).toBe(true);
    expect(statSync(at("result")).mode & 0o777).toBe(0o640);
    expect(readdirSync(folder).sort()).toEqual(["link", "result"]);
  });

  it("gives a new file the rights that are asked for", async () => {
    await writeWhole(at("secret"), bytes("new"), { mode: 0o600 });
    expect(statSync(at("secret")).mode & 0o777).toBe(0o600);
    await writeWhole(at("open"), bytes("new"));
    expect(statSync(at("open")).mode & 0o777).toBe(0o666 & ~process.umask());
  });

  it("leaves a file with its owner when root writes it", async () => {
    if (process.getuid?.() !== 0) return; // only root may give files away
    writeFileSync(at("theirs"), "old");
    chownSync(at("theirs"), 1234, 2345);
    await writeWhole(at("theirs"), bytes("new"));
    expect(statSync(at("theirs"))).toMatchObject({ uid: 1234, gid: 2345 });
  });

  // A pipe of our own stands for every device: a test that fails as root must not cost the machine its /dev/null.
  it("does not take the place of what is no regular file", async () => {
    execFileSync("mkfifo", [at("pipe")]);
    const reader = openSync(at("pipe"), constants.O_RDWR);
    await writeWhole(at("pipe"), bytes("through"));
    expect(lstatSync(at("pipe")).isFIFO()).toBe(true);
    const got = Buffer.alloc(7);
    readSync(reader, got);
    closeSync(reader);
    expect(got.toString()).toBe("through");
    await expect(writeWhole(folder, bytes("new"))).rejects.toMatchObject({
      code: "FILE_UNWRITABLE",
      message: `File '${folder}' cannot be written: it is a folder.`,
    });
  });

  it.each(["sync", "writeFile"] as const)(
    "leaves the old content, and nothing else, where the disk is full (%s)",
    async (method) => {
      writeFileSync(at("result"), "old");
      await failing(method, "ENOSPC");
      for (const name of ["result", "new"])
        await expect(writeWhole(at(name), bytes("new"))).rejects.toMatchObject({
          code: "FILE_UNWRITABLE",
          message: `File '${at(name)}' cannot be written: the disk is full.`,
        });
      expect(readdirSync(folder)).toEqual(["result"]);
      expect(text("result")).toBe("old");
    },
  );

  it("says why a file cannot be made", async () => {
    await expect(writeWhole(at("nowhere/new"), bytes("new"))).rejects.toThrow("its folder does not exist");
    if (process.platform !== "linux") return;
    await expect(writeWhole("/proc/biox-test", bytes("new"))).rejects.toMatchObject({
      code: "FILE_UNWRITABLE",
      message: expect.stringMatching(/its file system takes no new files|permission was denied/),
    });
  });
});

describe("WholeFile", () => {
  it("has its name only when it is complete and placed", async () => {
    const file = await WholeFile.create(at("result"));
    await file.fill((handle) => handle.write(bytes("second"), 0, 6, 5));
    await file.fill((handle) => handle.write(bytes("first"), 0, 5, 0));
    await file.complete();
    expect(existsSync(at("result"))).toBe(false);
    await file.place();
    expect(readdirSync(folder)).toEqual(["result"]);
    expect(text("result")).toBe("firstsecond");
    await file.discard();
    expect(text("result")).toBe("firstsecond");
  });

  it("leaves nothing behind when it is discarded, or when what fills it fails", async () => {
    writeFileSync(at("result"), "old");
    const discarded = await WholeFile.create(at("result"));
    await discarded.fill((handle) => handle.writeFile("new"));
    await discarded.discard();
    const failed = await WholeFile.create(at("result"));
    await expect(failed.fill(() => Promise.reject(new Error("no more")))).rejects.toMatchObject({
      code: "FILE_UNWRITABLE",
    });
    expect(readdirSync(folder)).toEqual(["result"]);
    expect(text("result")).toBe("old");
  });

  it("writes over what a process that was killed left under the same name", async () => {
    writeFileSync(at("left"), "something longer");
    const file = await WholeFile.create(at("result"), { part: at("left") });
    await file.fill((handle) => handle.writeFile("new"));
    await file.complete();
    await file.place();
    expect(readdirSync(folder)).toEqual(["result"]);
    expect(text("result")).toBe("new");
  });

  it("refuses to take the place of a folder or a device", async () => {
    await expect(WholeFile.create(folder)).rejects.toMatchObject({
      code: "FILE_UNWRITABLE",
      message: `File '${folder}' cannot be written: it is no regular file.`,
    });
    expect(readdirSync(folder)).toEqual([]);
  });
});
