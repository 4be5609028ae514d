/** Annotations as wfdb reads them, and lists of EDF+ wherever they are cut. */

import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lossOf, parseAnnotations } from "./edf-annotations.js";
import { openEdf } from "./edf-read.js";
import { openWfdb } from "./wfdb-read.js";

const DATA = fileURLToPath(new URL("testdata/", import.meta.url));
const SHARED = fileURLToPath(new URL("../../../../shared/data/wfdb_samples/", import.meta.url));
type Golden = Record<string, { count: number; sum: number; names: Record<string, number>; text: [number, string] }>;
const golden: Golden = JSON.parse(readFileSync(`${DATA}annotations.golden.json`, "utf8"));

if (!existsSync(SHARED)) process.stdout.write("skipped: no ../shared/data/wfdb_samples\n");
it.runIf(existsSync(SHARED)).each(Object.keys(golden))("those of %s are what wfdb reads", async (name) => {
  const { markers, streams } = await openWfdb(SHARED + name);
  const samples = markers.map(({ seconds }) => seconds * streams[0]!.rate);
  const names: Record<string, number> = {};
  for (const { name } of markers) names[name] = (names[name] ?? 0) + 1;
  const { count, sum, text, names: expected } = golden[name]!;
  expect(markers).toHaveLength(count);
  expect(samples.reduce((total, sample) => total + sample, 0)).toBeCloseTo(sum, 3);
  expect(names).toEqual(expected);
  const first = markers.findIndex(({ name }) => name === text[1]);
  expect(samples[first]).toBeCloseTo(text[0], 6);
});

it("that of pyEDFlib is read with its time", async () => {
  for (const name of ["plus.edf", "plus.bdf"]) {
    const { markers, warnings } = await openEdf(DATA + name);
    expect({ markers, warnings }).toEqual({ markers: [{ seconds: 1.25, name: "stairs" }], warnings: [] });
  }
});

describe("parseAnnotations", () => {
  it("reads times, durations and several texts, as in the standard's examples", () => {
    const room = Buffer.from("+0\x14\x14\0+180\x14Lights off\x14Close door\x14\0+1800.2\x1525.5\x14Apnea\x14\0\0\0\0");
    expect(parseAnnotations(room)).toEqual({
      lists: [
        { onset: 0, duration: undefined, texts: [] },
        { onset: 180, duration: undefined, texts: ["Lights off", "Close door"] },
        { onset: 1800.2, duration: 25.5, texts: ["Apnea"] },
      ],
      damaged: 0,
    });
  });

  it("takes no list that is cut off for a whole one, and never fails", () => {
    const room = Buffer.from("+0\x14\x14\0+180.25\x15300\x14lost 7 samples\x14\0");
    const whole = parseAnnotations(room).lists;
    for (let cut = 0; cut < room.length; cut++) {
      const { lists, damaged } = parseAnnotations(room.subarray(0, cut));
      expect(lists).toEqual(whole.slice(0, lists.length));
      expect(damaged).toBe(cut > 0 && room[cut - 1] !== 0 ? 1 : 0);
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        for (const { onset, duration = 0 } of parseAnnotations(Buffer.from(bytes)).lists)
          expect(Number.isFinite(onset) && Number.isFinite(duration)).toBe(true);
      }),
    );
  });
});

it.each([
  ["lost 20 samples", { lost: true, stream: undefined }],
  ["lost 1 sample of pulse", { lost: true, stream: "pulse" }],
  ["no samples of left wrist", { lost: false, stream: "left wrist" }],
  ["lost 20 samples in the lab", undefined],
  ["lost", undefined],
])("%j is read as what an export means by it", (text, expected) => {
  expect(lossOf(text)).toEqual(expected);
});
