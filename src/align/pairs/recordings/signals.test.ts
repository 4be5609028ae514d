import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { failure } from "../../../../test/support/failure.js";
import { packMap } from "../../../devices/biox/messagepack.js";
import { encodeFrame, FrameKind } from "../../../framing/frame.js";
import { exportRecording } from "../../../stream/formats/export.js";
import { RecordingWriter } from "../../../stream/recording.js";
import { openPairs } from "../open-pairs.js";
import type { PairSet } from "../pair-set.js";

const folder = mkdtempSync(join(tmpdir(), "biox-signals-"));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => join(folder, name);

const RATE = 50;
const SAMPLES = 30 * RATE;
const STARTED = Date.UTC(2024, 4, 1, 12);
/** Samples that the wire lost. */
const LOST = { from: 600, until: 620 };
const value = (channel: number, i: number): number => Math.round(1000 * Math.sin((i * (channel + 1)) / 9)) + channel;

const streamOf = (id: number, channels: string[]) => ({
  ...{ id, name: `s${id}`, format: "i16", rate: RATE, next: 0 },
  channels: channels.map((name) => ({ name, unit: "adc", scale: 1, offset: 0 })),
});

/** A recording of one stream with ppg and ecg, of which some frames are missing, or of a stream for each. */
async function record(name: string, apart: boolean, lossy = true): Promise<void> {
  const path = at(name);
  const header = { device: "biox", options: {}, baud: 115200, port: "p", started: STARTED };
  const writer = await RecordingWriter.create(path, header);
  const streams = apart ? [streamOf(1, ["ppg"]), streamOf(2, ["ecg"])] : [streamOf(1, ["ppg", "ecg"])];
  const hello = packMap({ device: "d", firmware: "1", clockHz: 1_000_000, speed: 1, streams });
  writer.write(encodeFrame({ kind: FrameKind.hello, payload: hello }), STARTED);
  const count = 5;
  for (let index = 0; index < SAMPLES; index += count) {
    if (lossy && index >= LOST.from && index < LOST.until) continue;
    const arrival = STARTED + ((index + count) * 1000) / RATE;
    for (const [s, stream] of streams.entries()) {
      const width = stream.channels.length;
      const numbers = Int16Array.from({ length: count * width }, (_, n) =>
        value(s + (n % width), index + Math.floor(n / width)),
      );
      const payload = new Uint8Array(numbers.buffer);
      const timeUs = (index * 1e6) / RATE;
      writer.write(encodeFrame({ kind: FrameKind.samples, stream: stream.id, count, index, timeUs, payload }), arrival);
    }
  }
  await writer.close();
}

function describeAs(recordings: object[], more: object = {}): void {
  const side = (name: string) => ({
    columns: [name],
    rate: RATE,
    prepare: [{ step: "cast", dtype: "float32" }],
    ...more,
  });
  const description = { window: { seconds: 4, hop: 2 }, new: side("ppg"), old: side("ecg"), recordings };
  writeFileSync(at("pairs.yaml"), stringify(description));
}

/** First sample of each window, found by its values; the other side's is the same, or where clocks differ the next to it. */
function begins(pairs: PairSet, apart = 0): number[] {
  const [one, other] = [new Float32Array(4 * RATE), new Float32Array(4 * RATE)];
  const holds = (window: Float32Array, channel: number, first: number): boolean =>
    window.every((v, i) => v === value(channel, first + i));
  return Array.from({ length: pairs.length }, (_, row) => {
    pairs.new.read(row, one);
    pairs.old.read(row, other);
    const begin = Array.from({ length: SAMPLES }, (_, first) => first).find((first) => holds(one, 0, first))!;
    const near = Array.from({ length: 2 * apart + 1 }, (_, n) => begin + n - apart);
    expect(near.some((first) => holds(other, 1, first))).toBe(true);
    return begin;
  });
}

beforeAll(async () => {
  await record("walk.bioxrec", false);
  await record("apart.bioxrec", true);
  await record("whole.bioxrec", false, false);
  for (const to of ["walk.edf", "walk.bdf", "walk.hea"]) await exportRecording(at("walk.bioxrec"), at(to));
  await exportRecording(at("apart.bioxrec"), at("apart.hea"));
  await exportRecording(at("whole.bioxrec"), at("whole.hea"));
});

/** Windows of 200 samples each 100, but those that hold a lost sample. */
const EXPECTED = Array.from({ length: 14 }, (_, k) => 100 * k).filter(
  (begin) => begin + 200 <= LOST.from || begin >= LOST.until,
);

describe("pairs out of files that know their rate", () => {
  it.each([
    ["EDF", { file: "walk.edf" }],
    ["BDF", { file: "walk.bdf" }],
    ["WFDB", { file: "walk.hea" }],
    ["a recording of a wearable", { file: "walk.bioxrec" }],
    ["a file for each modality", { new: "apart-s1.hea", old: "apart-s2.hea" }],
  ])("%s: windows of the same moments, without those that have gaps", async (_, recording) => {
    describeAs([recording]);
    const pairs = await openPairs(folder);
    expect(begins(pairs)).toEqual(EXPECTED);
    expect(pairs.notes).toEqual([expect.stringMatching(/^2 of 14 windows of .* have gaps and are left out$/)]);
    pairs.close();
  });

  it("files of two kinds, lined up by the times of day that they give", async () => {
    describeAs([{ new: "walk.edf", old: "apart.bioxrec" }]);
    const pairs = await openPairs(folder);
    expect(begins(pairs, 1).length).toBeGreaterThanOrEqual(EXPECTED.length - 1);
    pairs.close();
  });

  it("one beside a CSV without times: both begin together", async () => {
    writeFileSync(at("chest.csv"), ["ecg", ...Array.from({ length: SAMPLES }, (_, i) => value(1, i))].join("\n"));
    describeAs([{ new: "whole.hea", old: "chest.csv" }]);
    const pairs = await openPairs(folder);
    expect(begins(pairs)).toEqual(Array.from({ length: 14 }, (_, k) => 100 * k));
    pairs.close();
  });

  it("says where a channel that is missing was asked for", async () => {
    describeAs([{ file: "chest.csv" }]);
    const error = await failure(() => openPairs(folder));
    expect(error.message).toBe(`${at("chest.csv")} has no column 'ppg'; it has ecg.`);
    expect(error.hint).toBe("Name what there is under 'columns' of 'new' in pairs.yaml.");
  });

  it.each<[string, object[], object, string]>([
    [
      "a channel that is not there",
      [{ file: "walk.edf" }],
      { columns: ["spo2"] },
      "walk.edf: The source has no channel spo2; it has ppg, ecg",
    ],
    [
      "channels of two streams",
      [{ file: "apart.bioxrec" }],
      { columns: ["ppg", "ecg"] },
      "no stream with all of ppg, ecg",
    ],
    [
      "another rate",
      [{ new: { file: "walk.hea", rate: 100 }, old: "walk.hea" }],
      {},
      "has 50 samples a second, but 'rate' says 100",
    ],
    ["a column of times", [{ file: "walk.edf" }], { time: "t" }, "knows the times of its samples"],
    ["a column of labels", [{ file: "walk.edf", label: "state" }], {}, "a column of labels, 'state'"],
    ["a file that is none", [{ file: "pairs.yaml" }], {}, "pairs.yaml"],
  ])("refuses %s", async (_, recordings, more, message) => {
    describeAs(recordings, more);
    await expect(openPairs(folder)).rejects.toThrow(message);
  });
});
