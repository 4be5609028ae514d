import { expect, it } from "vitest";
import { SampleBatches } from "./sample-batches.js";
import { decodeSamples, type SampleFrame } from "./sample-frame.js";

/** Batches, and the frames that have left them. */
function gathering(): { batches: SampleBatches; frames: SampleFrame[] } {
  const frames: SampleFrame[] = [];
  const batches = new SampleBatches((wearer, bytes, samples) => {
    const frame = decodeSamples(bytes.buffer)!;
    expect([wearer, samples]).toEqual(["w", frame.count]);
    frames.push(frame);
  });
  return { batches, frames };
}

/** Samples `index` to `index + count` of a ramp at 250 Hz that begins at time 1000; channels differ by 0.5. */
function ramp(index: number, count: number, channels = 1) {
  const values = Float64Array.from(
    { length: count * channels },
    (_, i) => index + Math.floor(i / channels) + 0.5 * (i % channels),
  );
  const names = Array.from({ length: channels }, (_, i) => `c${i}`);
  return { stream: "ppg", channels: names, index, count, time: 1000 + 4 * index, period: 4, values };
}

it("puts blocks that follow one another into one frame", () => {
  const { batches, frames } = gathering();
  for (let index = 0; index < 300; index += 3) batches.add("w", 3, 9, ramp(index, 3, 2));
  batches.flush();
  batches.flush();
  expect(frames).toHaveLength(1);
  expect(frames[0]).toMatchObject({ handle: 3, stream: 9, channels: 2, count: 300, time: 1000, period: 4, index: 0 });
  expect([...frames[0]!.values]).toEqual([...ramp(0, 300, 2).values]);
});

it("writes few lost samples as NaN, and begins a new frame behind many, and where samples begin anew", () => {
  const { batches, frames } = gathering();
  for (const event of [ramp(0, 2), ramp(4, 1), ramp(10_000, 2), ramp(0, 1)]) batches.add("w", 1, 1, event);
  batches.flush();
  expect(frames.map(({ index, time, values }) => [index, time, ...values])).toEqual([
    [0, 1000, 0, 1, Number.NaN, Number.NaN, 4],
    [10_000, 41_000, 10_000, 10_001],
    [0, 1000, 0],
  ]);
});

it("cuts what no frame can hold", () => {
  const { batches, frames } = gathering();
  batches.add("w", 1, 1, ramp(0, 150_000));
  batches.flush();
  expect(frames.map(({ index, count, time }) => [index, count, time])).toEqual([
    [0, 65_535, 1000],
    [65_535, 65_535, 263_140],
    [131_070, 18_930, 525_280],
  ]);
  expect(frames[2]!.values.at(-1)).toBe(149_999);
});

it("begins anew where a stream has other channels, and forgets who is no longer watched", () => {
  const { batches, frames } = gathering();
  batches.add("w", 1, 1, ramp(0, 2, 1));
  batches.add("w", 1, 1, ramp(2, 2, 3));
  batches.add("w", 1, 2, ramp(0, 1, 1));
  batches.forget("w");
  batches.flush();
  expect(frames.map(({ channels, count }) => [channels, count])).toEqual([[1, 2]]);
});
