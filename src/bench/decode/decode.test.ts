import { describe, expect, it } from "vitest";
import { BioxDecoder } from "../../devices/biox/decoder.js";
import { DEVICES, findDevice } from "../../devices/registry.js";
import { captureDevice } from "./capture.js";
import { benchDecode } from "./decode.js";
import { decodeText } from "./text.js";

describe("benchDecode", () => {
  it("decodes the stream of every device, and serialport cuts the same bytes into as many frames", async () => {
    const reports = await benchDecode(DEVICES, { rounds: 1 });
    expect(reports.map(({ device }) => device)).toEqual(DEVICES.map(({ id }) => id));
    for (const { device, bytes, frames, samples, mbPerS, samplesPerS, serialport } of reports) {
      expect(bytes, device).toBeGreaterThan(10_000);
      expect(samples, device).toBeGreaterThan(300);
      expect(samplesPerS / mbPerS / 1e6, device).toBeCloseTo(samples / bytes, 9);
      if (serialport === undefined) continue;
      // One more or less where the stream is cut off and begins again.
      expect(Math.abs(serialport.frames - frames), `${device}: ${serialport.frames} and ${frames}`).toBeLessThan(3);
    }
    expect(decodeText(reports).trimEnd().split("\n")).toHaveLength(DEVICES.length + 1);
  });
});

describe("captureDevice", () => {
  it("makes biox frames that hold two channels of 24 bits, without a gap", () => {
    const decoder = new BioxDecoder();
    const { head, body } = captureDevice(findDevice("biox"));
    const red: number[] = [];
    const indices: number[] = [];
    for (const bytes of [head, body])
      decoder.push(bytes, (message) => {
        if (message.type !== "samples") return;
        indices.push(message.block.index);
        for (let i = 0; i < message.block.count; i++) red.push(message.block.values[2 * i]!);
      });
    expect(indices).toEqual(indices.map((_, i) => 4 * i));
    expect(decoder.link).toMatchObject({ frames: indices.length + 1, crcErrors: 0, framingErrors: 0, undescribed: 0 });
    // A pulse on a steady part, as the synthetic signal has it.
    expect(Math.min(...red)).toBeGreaterThan(19_000);
    expect(Math.max(...red)).toBeLessThan(25_000);
  });
});
