/** A wearer is forgotten wherever the configuration has put what is kept, and nothing else goes. */

import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { biox } from "./support/biox.js";

const folder = mkdtempSync(join(tmpdir(), "biox-places-"));
const at = (...names: string[]): string => join(folder, ...names);
afterAll(() => rmSync(folder, { recursive: true }));

function put(path: string, content: string): string {
  mkdirSync(dirname(at(path)), { recursive: true });
  writeFileSync(at(path), content);
  return at(path);
}

it("also beyond the data folder", async () => {
  mkdirSync(at("data"));
  const config = put(
    "gateway.yaml",
    `data: data
wearers: []
recordings: { folder: ${at("disk", "recordings")} }
sinks:
  - { type: csv, folder: ${at("share", "tables")} }
  - { type: influx, file: ${at("lines", "points.lp")} }
`,
  );
  const gone = ["w07", "w08"].map((id) => [
    put(`disk/recordings/${id}/${id}-2026-01-31T13-00-00.000Z.bioxrec`, "BIOXREC1"),
    put(`share/tables/${id}/2026-01-31.csv`, "time\r\n"),
  ]);
  const lines = ["w07", "w08"].map((id) => `biox_marker,gateway=g,wearer=${id} n=1 1\n`);
  put("lines/points.lp", lines.join(""));
  // What a link leads to is not the gateway's.
  const linked = put("elsewhere/w07/precious.txt", "kept");
  symlinkSync(at("elsewhere"), at("data", "elsewhere"));

  const { code, stdout } = await biox(["forget", "w07", "--config", config]);
  expect(code).toBe(0);
  expect(stdout).toContain("Removed of w07: 2 files (14 bytes), 0 rows, 1 lines.");
  expect(gone.map((paths) => paths.map((path) => existsSync(path)))).toEqual([
    [false, false],
    [true, true],
  ]);
  expect(readFileSync(at("lines", "points.lp"), "utf8")).toBe(lines[1]);
  expect(existsSync(linked)).toBe(true);
});
