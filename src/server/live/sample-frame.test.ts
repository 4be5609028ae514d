import fc from "fast-check";
import { expect, it } from "vitest";
import { decodeSamples, encodeSamples } from "./sample-frame.js";

it("lays a frame out as documented", () => {
  const values = Float32Array.of(1, -2, Number.NaN, 0.5);
  const bytes = encodeSamples({
    handle: 0x0102,
    stream: 7,
    channels: 2,
    count: 2,
    time: 1,
    period: 4,
    index: 2,
    values,
  });
  // IEEE 754, written out by hand: 1 is 3ff0..., 4 is 4010..., 2 is 4000...; as float32 1 is 3f800000, -2 c0000000, NaN 7fc00000.
  const expected =
    "01 01 0201 07 02 0200 000000000000f03f 0000000000001040 0000000000000040 0000803f 000000c0 0000c07f 0000003f";
  expect(Buffer.from(bytes).toString("hex")).toBe(expected.replaceAll(" ", ""));
});

it("reads what it wrote", () => {
  const number = fc.double({ noNaN: true });
  fc.assert(
    fc.property(
      fc.nat(0xffff),
      fc.nat(255),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 40 }),
      number,
      number,
      (handle, stream, channels, count, time, index) => {
        const values = Float32Array.from({ length: channels * count }, (_, i) => i / 3);
        const frame = { handle, stream, channels, count, time, period: 4, index, values };
        expect(decodeSamples(encodeSamples(frame).buffer)).toEqual(frame);
      },
    ),
  );
});

it("refuses bytes that are no frame", () => {
  const good = encodeSamples({
    handle: 1,
    stream: 1,
    channels: 1,
    count: 3,
    time: 0,
    period: 1,
    index: 0,
    values: new Float32Array(3),
  });
  expect(decodeSamples(good.buffer.slice(0, -1))).toBeUndefined();
  expect(decodeSamples(good.buffer.slice(0, 32))).toBeUndefined();
  for (const at of [0, 1, 5, 6]) {
    const bad = good.slice();
    bad[at] = 99;
    expect(decodeSamples(bad.buffer), `byte ${at}`).toBeUndefined();
  }
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const frame = decodeSamples(bytes.slice().buffer);
      if (frame) expect(frame.values.length).toBe(frame.count * frame.channels);
    }),
  );
});
