/** A disk that does not answer: what waits for it is bounded, and nothing waits for it at the end. */

import { mkdtempSync, rmSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, it, vi } from "vitest";
import type { BioxError } from "../errors.js";
import { MOST_WAITING_BYTES } from "./append-file.js";
import { SampleCsv } from "./formats/sample-csv.js";
import { RecordingWriter } from "./recording.js";

const disk = vi.hoisted(() => ({ hangs: false, writes: 0 }));
vi.mock("node:fs/promises", async (original) => {
  const real = await original<typeof import("node:fs/promises")>();
  return {
    ...real,
    open: async (...args: Parameters<typeof real.open>): Promise<FileHandle> => {
      const file = await real.open(...args);
      const write = file.write.bind(file) as (...all: unknown[]) => Promise<unknown>;
      const hang = (...all: unknown[]): Promise<unknown> => {
        disk.writes++;
        return disk.hangs ? new Promise(() => {}) : write(...all);
      };
      return Object.assign(file, { write: hang });
    },
  };
});

const folder = mkdtempSync(join(tmpdir(), "biox-hanging-"));
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => Object.assign(disk, { hangs: false, writes: 0 }));
const HEADER = { device: "biox", options: {}, baud: 1, port: "p", started: 1 };

it("a recording ends once 64 MiB wait for its disk, says so once, and does not wait for it at its end", async () => {
  const told: BioxError[] = [];
  const writer = await RecordingWriter.create(join(folder, "a.bioxrec"), HEADER, (error) => told.push(error));
  disk.hangs = true;
  const piece = new Uint8Array(1 << 20);
  let pieces = 0;
  while (told.length === 0 && pieces < 200) {
    writer.write(piece, 2);
    pieces++;
  }
  expect(pieces).toBe(MOST_WAITING_BYTES / piece.length);
  for (let more = 0; more < 10; more++) writer.write(piece, 2);
  expect(told).toHaveLength(1);
  expect(told[0]).toMatchObject({
    code: "FILE_UNWRITABLE",
    message: expect.stringContaining("its disk does not keep up, and 64 MiB wait to be written"),
  });
  await expect(writer.close()).rejects.toBe(told[0]);
});

it("so do samples as text, without making text of them all", async () => {
  const told: BioxError[] = [];
  const table = await SampleCsv.create(join(folder, "a.csv"), ["ppg"], (error) => told.push(error));
  disk.hangs = true;
  const values = new Float64Array(1 << 17);
  let index = 0;
  for (; told.length === 0 && index < 200 * values.length; index += values.length)
    void table.push({ index, count: values.length, time: 1e12 + index, period: 1, values });
  expect(index * 8).toBeLessThanOrEqual(MOST_WAITING_BYTES + values.byteLength);
  expect(told).toHaveLength(1);
  expect(disk.writes).toBeLessThan(3);
  await expect(table.close()).rejects.toBe(told[0]);
});

it("a disk that is slow but takes everything in the end is no reason to end", async () => {
  const writer = await RecordingWriter.create(join(folder, "b.bioxrec"), HEADER, () => expect.unreachable());
  const piece = new Uint8Array(1 << 20);
  for (let round = 0; round < 3; round++) {
    for (let k = 0; k < 40; k++) writer.write(piece, 2);
    await vi.waitFor(() => expect(writer.bytes).toBe((round + 1) * 40 * piece.length), 20_000);
  }
  await writer.close();
});
