import { execFileSync } from "node:child_process";
import { closeSync, constants, existsSync, openSync, readFileSync, readSync, writeFileSync, writeSync } from "node:fs";
import { type FileHandle, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import type { BioxError } from "../errors.js";
import {
  isRecording,
  type RecordedChunk,
  type RecordedItem,
  type RecordingHeader,
  RecordingWriter,
  readRecording,
} from "./recording.js";

const HEADER: RecordingHeader = { device: "biox", options: {}, baud: 115200, port: "/dev/ttyUSB0", started: 1.7e12 };
const DAY_MS = 86_400_000;
let folder: string;
/** What all file handles inherit from, so that a disk can fail here. */
let handles: FileHandle;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "biox-recording-"));
  const file = await open(folder);
  handles = Object.getPrototypeOf(file);
  await file.close();
});
afterAll(() => rm(folder, { recursive: true }));
afterEach(() => vi.restoreAllMocks());

let files = 0;
const fresh = (): string => join(folder, `${++files}.bioxrec`);

async function written(records: readonly (readonly [arrival: number, size: number])[]): Promise<string> {
  const path = fresh();
  const writer = await RecordingWriter.create(path, HEADER);
  records.forEach(([arrival, size], i) => {
    writer.write(new Uint8Array(size).fill(i + 1), arrival);
  });
  await writer.close();
  return path;
}

async function read(path: string): Promise<RecordedChunk[]> {
  const chunks: RecordedChunk[] = [];
  for await (const chunk of (await readRecording(path)).chunks()) chunks.push(chunk);
  return chunks;
}

async function readItems(path: string): Promise<RecordedItem[]> {
  const items: RecordedItem[] = [];
  for await (const item of (await readRecording(path)).items()) items.push(item);
  return items;
}

const full = (): Error => Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });

/** A disk that takes so many bytes more, and at most 7 at a time. */
function fillDisk(room: number): void {
  const { write } = handles;
  vi.spyOn(handles, "write").mockImplementation(async function (this: FileHandle, ...args: unknown[]) {
    const [bytes, at, length] = args as [Buffer, number, number];
    const count = Math.min(length ?? bytes.length, room, 7);
    if (count === 0) throw full();
    room -= count;
    return (write as (...a: unknown[]) => Promise<never>).call(this, bytes, at ?? 0, count);
  });
}

describe("recording", () => {
  it("gives back the same pieces with the same arrivals, also long ones", async () => {
    const records = [
      [1.7e12 + 0.125, 3],
      [1.7e12 + 0.125, 0],
      [1.7e12 + 5, 1 << 20],
      [1.7e12 + DAY_MS, 70_000],
    ] as const;
    const path = await written(records);
    expect((await readRecording(path)).header).toEqual(HEADER);
    const chunks = await read(path);
    expect(chunks.map(({ arrival, bytes }) => [arrival, bytes.length])).toEqual(records);
    chunks.forEach(({ bytes }, i) => {
      expect(bytes.every((byte) => byte === i + 1)).toBe(true);
    });
  });

  it("ends at its last whole record wherever it was cut off, and is refused without its header", async () => {
    const whole = readFileSync(
      await written([
        [1, 5],
        [2, 9],
      ]),
    );
    const second = whole.length - (12 + 9);
    const first = second - (12 + 5);
    const path = fresh();
    for (let length = 1; length <= whole.length; length++) {
      writeFileSync(path, whole.subarray(0, length));
      expect(await isRecording(path)).toBe(true);
      if (length < first)
        await expect(readRecording(path)).rejects.toMatchObject({
          code: "FILE_INVALID",
          message: expect.stringContaining("header cannot be read"),
        });
      else expect(await read(path)).toHaveLength(length === whole.length ? 2 : length >= second ? 1 : 0);
    }
  });

  it("ends where there are only zeros, also right behind its header", async () => {
    const path = await written([]);
    writeFileSync(path, Buffer.concat([readFileSync(path), Buffer.alloc(4096)]));
    expect(await read(path)).toEqual([]);
  });

  it("is told from other files", async () => {
    for (const content of ["", "B\n", "BIOXREC2", "ppg\n1\n"]) {
      const path = fresh().replace(".bioxrec", "");
      writeFileSync(path, content);
      expect(await isRecording(path)).toBe(false);
      writeFileSync(`${path}.bioxrec`, content);
      expect(await isRecording(`${path}.bioxrec`)).toBe(true);
      await expect(readRecording(`${path}.bioxrec`)).rejects.toThrow(
        `${path}.bioxrec is not a whole biox recording: its header cannot be read.`,
      );
    }
    await expect(isRecording(join(folder, "none"))).rejects.toMatchObject({ code: "FILE_UNREADABLE" });
  });

  it("is no pipe, folder or device, and takes nothing from one", async () => {
    const pipe = join(folder, "pipe");
    execFileSync("mkfifo", [pipe]);
    const ends = openSync(pipe, constants.O_RDWR);
    writeSync(ends, "BIOXREC1");
    for (const [path, kind] of [
      [pipe, "a named pipe"],
      [folder, "a folder"],
      ["/dev/null", "a device"],
    ] as const)
      for (const action of [isRecording, readRecording])
        await expect(action(path)).rejects.toMatchObject({
          code: "FILE_INVALID",
          message: `Expected '${path}' to be a file, but it is ${kind}.`,
        });
    const left = Buffer.alloc(8);
    expect(readSync(ends, left)).toBe(8);
    expect(left.toString()).toBe("BIOXREC1");
    closeSync(ends);
  });

  it.each([
    ["runs backwards", 999],
    ["jumps more than a day", 1000 + DAY_MS + 1],
    ["is not a number", Number.NaN],
    ["is infinite", Number.POSITIVE_INFINITY],
  ])("ends where an arrival %s", async (_, damaged) => {
    const path = await written([
      [1000, 4],
      [damaged, 4],
      [1001, 4],
    ]);
    expect((await read(path)).map((c) => c.arrival)).toEqual([1000]);
  });

  it("ends where a record is longer than any read of a port", async () => {
    const path = await written([
      [1, 4],
      [2, (1 << 20) + 1],
    ]);
    expect(await read(path)).toHaveLength(1);
  });

  it("is read a block at a time, and closed by whoever leaves it", async () => {
    const path = await written(Array.from({ length: 100 }, (_, i) => [i, 40_000] as const));
    const reads = vi.spyOn(handles, "read");
    const { chunks } = await readRecording(path);
    reads.mockClear();
    for await (const { arrival } of chunks()) if (arrival === 2) break;
    expect(reads.mock.calls.length).toBeLessThanOrEqual(3);
    for (const [buffer] of reads.mock.calls) expect((buffer as unknown as Buffer).length).toBeLessThanOrEqual(1 << 16);
    for (const file of reads.mock.contexts) expect((file as FileHandle).fd).toBe(-1);
  });
});

describe("markers", () => {
  const marker = { at: 1.7e12 + 3.5, name: "stairs", by: "keyboard" } as const;
  const clock = { stream: "pulse", clock: "device", driftPpm: 4, rate: 100.01 } as const;

  async function marked(): Promise<string> {
    const path = fresh();
    const writer = await RecordingWriter.create(path, HEADER);
    writer.write(Uint8Array.of(1), 1.7e12 + 3);
    writer.mark(marker);
    writer.clock(clock as never);
    writer.write(Uint8Array.of(2), 1.7e12 + 4);
    await writer.close();
    expect(writer).toMatchObject({ bytes: 2, markers: 1 });
    return path;
  }

  it("stand between the bytes before and after, and do not show among the pieces", async () => {
    const path = await marked();
    expect(await readItems(path)).toMatchObject([
      { type: "bytes", arrival: 1.7e12 + 3 },
      { type: "marker", arrival: 1.7e12 + 3, marker },
      { type: "clock", report: clock },
      { type: "bytes", arrival: 1.7e12 + 4 },
    ]);
    expect((await read(path)).map(({ bytes }) => bytes[0])).toEqual([1, 2]);
  });

  it("of kinds that a later version writes are passed over, and damaged ones, too", async () => {
    const path = await marked();
    const whole = readFileSync(path);
    const at = whole.indexOf(Buffer.from("stairs"));
    for (const change of [(b: Buffer) => b.fill(0xc1, at - 4, at + 2), (b: Buffer) => (b[at - 1] = 0xff)]) {
      const bytes = Buffer.from(whole);
      change(bytes);
      writeFileSync(path, bytes);
      expect((await readItems(path)).map(({ type }) => type)).toEqual(["bytes", "clock", "bytes"]);
    }
    const later = Buffer.from(whole);
    // The marker's record stands behind the first piece: 12 bytes and one.
    const first = later.indexOf(Buffer.from([1, 0, 0, 0, 1]));
    later[first + 5 + 11] = 77;
    writeFileSync(path, later);
    expect((await readItems(path)).map(({ type }) => type)).toEqual(["bytes", "clock", "bytes"]);
  });

  it.each([
    [{ at: Number.NaN }, "at of a marker to be a time"],
    [{ name: "" }, "name of a marker to be a text of 1 to 200"],
    [{ name: "x".repeat(201) }, "name of a marker"],
    [{ by: "cat" }, "by of a marker to be one of keyboard, device, http"],
  ])("with %o are refused", async (wrong, message) => {
    const writer = await RecordingWriter.create(fresh(), HEADER);
    expect(() => writer.mark({ ...marker, ...(wrong as object) })).toThrow(message);
    await writer.close();
  });
});

describe("RecordingWriter", () => {
  it("brings to the disk within a second what was written, and rests where nothing was", async () => {
    const syncs = vi.spyOn(handles, "datasync");
    const writer = await RecordingWriter.create(fresh(), HEADER);
    const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
    const begin = performance.now();
    for (let i = 0; i < 25; i++) {
      writer.write(new Uint8Array(20), 1.7e12 + i);
      await pause(50);
    }
    await pause(900);
    const during = syncs.mock.calls.length;
    expect(during).toBeGreaterThanOrEqual(1);
    // At most one in each second that has passed, and one for what came behind the last.
    expect(during).toBeLessThanOrEqual(Math.floor((performance.now() - begin) / 1000) + 1);
    await pause(1100);
    expect(syncs.mock.calls.length).toBeLessThanOrEqual(during + 1);
    await writer.close();
  });

  it("tells once that the disk fails while it is synced", async () => {
    vi.spyOn(handles, "datasync").mockRejectedValue(Object.assign(new Error("EIO"), { code: "EIO" }));
    const onError = vi.fn<(error: BioxError) => void>();
    const writer = await RecordingWriter.create(fresh(), HEADER, onError);
    writer.write(new Uint8Array(20), 1.7e12);
    await vi.waitFor(() => expect(onError).toHaveBeenCalledOnce(), 30_000);
    await expect(writer.close()).rejects.toThrow("EIO");
  });

  it("never overwrites", async () => {
    await expect(RecordingWriter.create(await written([]), HEADER)).rejects.toThrow("it exists already");
  });

  it("counts only what is in the file, and writes on where the disk takes a part", async () => {
    const path = fresh();
    const writer = await RecordingWriter.create(path, HEADER);
    fillDisk(1000);
    writer.write(new Uint8Array(50).fill(9), 1);
    expect(writer.bytes).toBe(0);
    await writer.close();
    expect(writer.bytes).toBe(50);
    expect((await read(path)).map((c) => c.bytes.length)).toEqual([50]);
  });

  it("tells at once and once that the disk is full, writes no more, and keeps what it has", async () => {
    const path = fresh();
    const onError = vi.fn<(error: BioxError) => void>();
    const writer = await RecordingWriter.create(path, HEADER, onError);
    fillDisk(12 + 20 + 12 + 3);
    for (let i = 0; i < 5; i++) writer.write(new Uint8Array(20), i);
    await vi.waitFor(() => expect(onError).toHaveBeenCalled(), 30_000);
    vi.restoreAllMocks(); // room again: a record now would stand behind half of one
    writer.write(new Uint8Array(20), 9);
    const message = `File '${path}' cannot be written: the disk is full.`;
    await expect(writer.close()).rejects.toMatchObject({ code: "FILE_UNWRITABLE", message });
    expect(onError).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ message }));
    expect(writer.bytes).toBe(20);
    expect((await read(path)).map((c) => c.arrival)).toEqual([0]);
  });

  it("leaves no file whose header does not fit on the disk", async () => {
    const path = fresh();
    fillDisk(10);
    await expect(RecordingWriter.create(path, HEADER)).rejects.toMatchObject({
      code: "FILE_UNWRITABLE",
      message: expect.stringContaining("the disk is full"),
    });
    expect(existsSync(path)).toBe(false);
  });

  it("has everything on the disk when it is closed, or says that it has not", async () => {
    const writer = await RecordingWriter.create(fresh(), HEADER);
    vi.spyOn(handles, "sync").mockRejectedValue(full());
    await expect(writer.close()).rejects.toThrow("the disk is full");
  });
});
