import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { readCsv } from "./csv.js";

const folder = mkdtempSync(join(tmpdir(), "biox-csv-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

describe("readCsv", () => {
  it("reads named columns in the order asked for, plain and compressed", async () => {
    const text = "time_s,ppg1,acc\n0.0,-23,0.5\n0.1,1e2,0.25\n";
    for (const path of [file("a.csv", text), file("a.csv.gz", gzipSync(text))]) {
      const { values } = await readCsv(path, ["acc", "ppg1"]);
      expect(values.map((v) => [...v])).toEqual([
        [0.5, 0.25],
        [-23, 100],
      ]);
    }
  });

  it("takes a comma at the end of each row, times that stand still and times that are no numbers", async () => {
    const { values } = await readCsv(file("comma.csv", "t,ppg\n1,2,\n1,3,\n09:00,4,\n08:59,5,\n"), ["ppg"]);
    expect([...values[0]!]).toEqual([2, 3, 4, 5]);
  });

  it("numbers the columns of a file without names from 1", async () => {
    const { values } = await readCsv(file("b.csv", "\uFEFF1, 2.5\r\n3, 4\r\n\r\n"), ["2"]);
    expect([...values[0]!]).toEqual([2.5, 4]);
  });

  it.each([
    ["nan.csv", "ppg\n1\nNaN\n", "FILE_INVALID", "line 3, column 'ppg': expected a finite number, but found 'NaN'"],
    [
      "text.csv",
      "ppg\n1\n2\nhello\n",
      "FILE_INVALID",
      "line 4, column 'ppg': expected a finite number, but found 'hello'",
    ],
    ["short.csv", "t,ppg\n1,2\n3\n", "FILE_INVALID", "line 3: expected 2 cells, as in the first row, but found 1"],
    [
      "wide.csv",
      "t,ppg\n1,2\n3,4,5\n4,6\n",
      "FILE_INVALID",
      "line 3: expected 2 cells, as in the first row, but found 3",
    ],
    [
      "back.csv",
      "time_s,ppg\n1,2\n3,4\n2.5,6\n",
      "FILE_INVALID",
      "line 4, column 'time_s': the time goes back from 3 to 2.5",
    ],
    ["hole.csv", "t,ppg\n1,\n", "FILE_INVALID", "line 2"],
    ["other.csv", "t,ecg\n1,2\n", "CHANNEL_MISSING", "has no column 'ppg'; it has t, ecg"],
    ["empty.csv", "", "FILE_INVALID", "is empty"],
    ["names.csv", "ppg\n", "FILE_INVALID", "is empty"],
    ["quote.csv", 'ppg\n"1\n2\n', "FILE_INVALID", "is not a readable CSV file"],
    ["bad.csv.gz", "not gzip", "FILE_INVALID", "is not a readable CSV file"],
  ])("refuses %s", async (name, content, code, text) => {
    await expect(readCsv(file(name, content), ["ppg"])).rejects.toMatchObject({
      code,
      message: expect.stringContaining(text),
    });
  });

  it("says when there is no file, or something else in its place", async () => {
    await expect(readCsv(join(folder, "none.csv"), ["ppg"])).rejects.toMatchObject({ code: "FILE_UNREADABLE" });
    const pipe = join(folder, "pipe.csv");
    execFileSync("mkfifo", [pipe]);
    for (const [path, kind] of [
      [folder, "a folder"],
      [pipe, "a named pipe"],
    ] as const)
      await expect(readCsv(path, ["ppg"])).rejects.toMatchObject({
        code: "FILE_INVALID",
        message: `Expected '${path}' to be a file, but it is ${kind}.`,
      });
  });

  it("reads tables of any length, and names the line of a wrong cell behind empty lines", async () => {
    const rows = Array.from({ length: 50_000 }, (_, i) => `${i / 8},${-i}`);
    const { values } = await readCsv(file("long.csv", `t,ppg\n${rows.join("\n")}\n`), ["ppg", "t"]);
    expect(values.map((v) => v.length)).toEqual([50_000, 50_000]);
    expect(values[0]!.every((value, i) => value === -i)).toBe(true);
    expect(values[1]!.every((value, i) => value === i / 8)).toBe(true);
    rows[40_000] += "V";
    await expect(readCsv(file("wrong.csv", `\n\nt,ppg\n\n${rows.join("\n")}\n`), ["ppg"])).rejects.toThrow(
      "line 40005, column 'ppg': expected a finite number, but found '-40000V'",
    );
  });

  it("does not gather a file without rows in memory", async () => {
    const path = file("one-row.csv", `ppg\n${"1".repeat(3 << 20)}`);
    await expect(readCsv(path, ["ppg"])).rejects.toMatchObject({
      code: "FILE_INVALID",
      message: expect.stringContaining("is not a readable CSV file"),
    });
  });

  it("stops in the middle when it is told to", async () => {
    const controller = new AbortController();
    const path = file("stop.csv.gz", gzipSync(`ppg\n${"1\n".repeat(1_000_000)}`));
    const reading = readCsv(path, ["ppg"], controller.signal);
    setTimeout(() => controller.abort(new Error("enough")), 2);
    await expect(reading).rejects.toThrow("enough");
  });
});
