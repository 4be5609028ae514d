/** Headers that claim anything: a file is read or refused, soon, and costs no more memory than its bytes are worth. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { afterAll, expect, it } from "vitest";
import { BioxError } from "../../errors.js";
import { readPlayedCsv } from "../csv.js";
import { readAt, withFile } from "../read-at.js";
import { readRecording } from "../recording.js";
import { openEdf } from "./edf-read.js";
import { inPieces } from "./pieces.js";
import type { SignalFile } from "./signal-file.js";
import { openWfdb } from "./wfdb-read.js";

const DATA = fileURLToPath(new URL("testdata/", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "biox-format-fuzz-"));
afterAll(() => rmSync(folder, { recursive: true }));

const LIMIT_BYTES = 32 << 20;
const RUNS = { numRuns: 150, endOnFailure: true };
const number = fc.oneof(
  fc.constantFrom(
    "0",
    "-1",
    "1",
    "2",
    "99999999",
    "1e300",
    "-1e300",
    "1e-300",
    "NaN",
    "",
    "+5",
    "0x10",
    "16777216",
    "4096",
  ),
  fc.integer({ min: -300, max: 100_000 }).map(String),
  fc.double({ noNaN: true }).map(String),
);

/** Reads all of a file; what is wrong with it must be said by a BioxError. Returns its samples. */
async function survives(open: () => Promise<SignalFile>): Promise<number> {
  const before = process.memoryUsage().arrayBuffers;
  let [samples, last] = [0, 0];
  try {
    const file = await open();
    const check = (): void => expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(LIMIT_BYTES);
    check();
    for await (const { count, index, values } of inPieces(file)) {
      expect(Number.isSafeInteger(index) && index >= 0 && count > 0).toBe(true);
      if (values.length > 0) samples += count;
      if (++last % 1000 === 0) check();
    }
  } catch (error) {
    if (!(error instanceof BioxError)) throw error;
    expect(["FILE_INVALID", "FILE_UNREADABLE"]).toContain(error.code);
    expect(error.message).toMatch(/^[^\n]+\.$/);
  }
  return samples;
}

it("a read is as long as the file is, whatever was asked for", async () => {
  const path = join(folder, "short");
  writeFileSync(path, "1234567");
  const read = await withFile(path, (file) => readAt(path, file, 2, 2 ** 40));
  expect(read.toString()).toBe("34567");
});

it("EDF with any number in any field", async () => {
  const whole = readFileSync(join(DATA, "plus.edf"));
  const [count, path] = [Number(whole.toString("latin1", 252, 256)), join(folder, "f.edf")];
  const main = [168, 176, 184, 236, 244].map((from): [number, number] => [from, 8]);
  const own = [104, 112, 120, 128, 216].flatMap((column) =>
    Array.from({ length: count }, (_, i): [number, number] => [256 + count * column + 8 * i, 8]),
  );
  const field = fc.constantFrom(...main, ...own, [252, 4] as [number, number], [192, 5] as [number, number]);
  const text = fc.oneof(number, fc.constant("EDF+D"));
  const changes = fc.array(fc.tuple(field, text), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(changes, fc.double({ min: 0.3, max: 1.2, noNaN: true }), async (all, share) => {
      const altered = Buffer.alloc(2 * whole.length);
      whole.copy(altered);
      for (const [[from, size], value] of all) altered.write(value.slice(0, size).padEnd(size), from, size, "latin1");
      const bytes = altered.subarray(0, Math.floor(whole.length * share));
      writeFileSync(path, bytes);
      expect(await survives(() => openEdf(path))).toBeLessThanOrEqual(bytes.length);
    }),
    RUNS,
  );
}, 120_000);

it("WFDB with any numbers in its header, and any annotations", async () => {
  const dat = readFileSync(join(DATA, "f212.dat"));
  writeFileSync(join(folder, "d.dat"), dat);
  const signal = fc
    .record({
      format: fc.constantFrom("16", "24", "32", "61", "80", "212", "310", "311", "8", "0"),
      each: fc.oneof(
        fc.constant(""),
        number.map((text) => `x${text}`),
      ),
      start: fc.oneof(
        fc.constant(""),
        number.map((text) => `+${text}`),
      ),
      gain: number,
      rest: fc.array(number, { maxLength: 7 }),
    })
    .map(({ format, each, start, gain, rest }) => `d.dat ${format}${each}${start} ${gain} ${rest.join(" ")}`);
  const record = fc.record({
    count: number,
    rate: number,
    frames: number,
    signals: fc.array(signal, { maxLength: 4 }),
  });
  const line = fc.oneof(
    record.map(({ count, rate, frames, signals }) => [`f ${count} ${rate} ${frames}`, ...signals]),
    record.map(({ rate, frames, signals }) => [`f ${signals.length} ${rate} ${frames}`, ...signals]),
    fc.tuple(number, number).map(([n, frames]) => [`f/${n} 3 125 ${frames}`, `~ ${frames}`, "f212 101", `~ ${frames}`]),
  );
  for (const end of [".hea", ".dat"]) writeFileSync(join(folder, `f212${end}`), readFileSync(join(DATA, `f212${end}`)));
  await fc.assert(
    fc.asyncProperty(line, fc.uint8Array({ maxLength: 60 }), async (lines, annotations) => {
      writeFileSync(join(folder, "f.hea"), `${lines.join("\n")}\n`);
      writeFileSync(join(folder, "f.atr"), annotations);
      expect(await survives(() => openWfdb(join(folder, "f.hea")))).toBeLessThanOrEqual(4 * dat.length);
    }),
    RUNS,
  );
}, 120_000);

it("tables and recordings of any text", async () => {
  const path = join(folder, "f.csv");
  const cells = fc.array(fc.array(fc.oneof(number, fc.string({ maxLength: 6 })), { maxLength: 4 }), { maxLength: 8 });
  const heads = fc.constantFrom("time,sample,ppg", "t,ppg", "ppg", "");
  await fc.assert(
    fc.asyncProperty(heads, cells, async (head, rows) => {
      const text = [head, ...rows.map((row) => row.join(","))].join("\n");
      writeFileSync(path, text);
      const found = await readPlayedCsv(path, ["ppg"]).catch((error: unknown) => error);
      if (found instanceof Error) expect(found).toBeInstanceOf(BioxError);
      else expect((found as { values: Float64Array[] }).values[0]!.length).toBeLessThanOrEqual(text.length);
      writeFileSync(path, `BIOXREC1${text}`);
      const recording = await readRecording(path).catch((error: unknown) => error);
      if (recording instanceof Error) expect(recording).toBeInstanceOf(BioxError);
    }),
    RUNS,
  );
}, 120_000);
