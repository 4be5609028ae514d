import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { SampleCsv } from "./sample-csv.js";
import { streamPaths } from "./stream-path.js";

const folder = mkdtempSync(join(tmpdir(), "biox-sample-csv-"));
afterAll(() => rmSync(folder, { recursive: true }));

it("writes rows in order, those of losses between the times of their neighbours", async () => {
  const path = join(folder, "a.csv");
  const csv = await SampleCsv.create(path, ["p", 'a "b", c']);
  const values = (...v: number[]) => Float64Array.from(v);
  // Not awaited: whatever comes meanwhile waits its turn.
  void csv.push({ index: 3, count: 2, time: 1000, period: 10, values: values(1, 2, 3, 4) });
  void csv.push({ index: 7, count: 2, time: 1040, period: 10, values: values(5, 6, Number.NaN, 0.1) });
  await csv.close(11, 10);
  expect(readFileSync(path, "utf8")).toBe(
    [
      'time,sample,p,"a ""b"", c"',
      ...["1000.000,3,1,2", "1010.000,4,3,4", "1020.000,5,,", "1030.000,6,,"],
      ...["1040.000,7,5,6", "1050.000,8,,0.1", "1060.000,9,,", "1070.000,10,,", ""],
    ].join("\n"),
  );
});

it("writes a loss of any length a piece at a time", async () => {
  const path = join(folder, "long.csv");
  const csv = await SampleCsv.create(path, ["p"]);
  await csv.push({ index: 0, count: 1, time: 0, period: 1, values: new Float64Array(1) });
  await csv.push({ index: 300_000, count: 1, time: 300_000, period: 1, values: new Float64Array(1) });
  await csv.close();
  const rows = readFileSync(path, "utf8").trim().split("\n");
  expect(rows).toHaveLength(300_002);
  expect(rows[150_001]).toBe("150000.000,150000,");
});

it("never overwrites", async () => {
  await expect(SampleCsv.create(join(folder, "a.csv"), ["p"])).rejects.toMatchObject({ code: "FILE_UNWRITABLE" });
});

it("streams have paths of their own, even where their names are the same", () => {
  const streams = (...names: string[]) => names.map((name, id) => ({ id, name }));
  expect(streamPaths("x/walk.csv", streams("pulse"))).toEqual(["x/walk.csv"]);
  expect(streamPaths("x/walk.csv", streams("pulse", "acc x/1"))).toEqual(["x/walk-pulse.csv", "x/walk-acc_x_1.csv"]);
  expect(streamPaths("/walk.hea", streams("a", "a", "../b"))).toEqual([
    "/walk-a_0.hea",
    "/walk-a_1.hea",
    "/walk-_b.hea",
  ]);
});
