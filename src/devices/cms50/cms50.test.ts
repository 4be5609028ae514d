import { describe, expect, it } from "vitest";
import { fromHex } from "../../../firmware-bridge/test/corpus.js";
import { Heard, type Random, testDecoder, testEmulator, type WireFrame, whole } from "../testing/index.js";
import { cms50, cms50V7 } from "./index.js";

function hear(device: typeof cms50, hex: string): Heard {
  return new Heard(device.createDecoder()).push(fromHex(hex.replaceAll(" ", "")));
}

function valuesOf(heard: Heard): number[] {
  return heard.samples.map((sample) => sample.values[0]!);
}

/** Independent of the emulators: written from the tables, with any flag and invalid value. */
function oldFrames(count: number, random: Random): WireFrame[] {
  return Array.from({ length: count }, () => {
    const fingerOut = random() < 0.02;
    const pleth = whole(random, 0, 127);
    const rate = random() < 0.1 ? 255 : whole(random, 0, 250);
    const spo2 = random() < 0.1 ? 127 : whole(random, 0, 100);
    const bytes = Uint8Array.of(
      0x80 | whole(random, 0, 0x7f),
      pleth,
      whole(random, 0, 15) | (fingerOut ? 16 : 0) | (whole(random, 0, 1) << 5) | (rate > 127 ? 64 : 0),
      rate % 128,
      spo2,
    );
    const valid = (value: number, invalid: number) =>
      fingerOut || value === 0 || value === invalid ? Number.NaN : value;
    return {
      bytes,
      samples: [
        { stream: 0, values: [fingerOut ? Number.NaN : pleth] },
        { stream: 1, values: [valid(spo2, 127)] },
        { stream: 2, values: [valid(rate, 255)] },
      ],
    };
  });
}

function v7Frames(count: number, random: Random): WireFrame[] {
  return Array.from({ length: count }, () => {
    const data = Array.from({ length: 7 }, () => whole(random, 0, 255));
    data[0]! &= random() < 0.02 ? 0xff : 0x7f;
    const high = data.map((byte, k) => (byte > 127 ? 1 << k : 0)).reduce((a, b) => a + b, 0x80);
    const out = data[0]! > 127;
    const [, wave, bar, rate, spo2, low, top] = data as [number, number, number, number, number, number, number];
    return {
      bytes: Uint8Array.of(1, high, ...data.map((byte) => (byte % 128) + 128)),
      samples: [
        { stream: 0, values: [out ? Number.NaN : wave % 128] },
        { stream: 1, values: [out || spo2 === 0 || spo2 > 100 ? Number.NaN : spo2] },
        { stream: 2, values: [out || rate === 0 || rate > 250 ? Number.NaN : rate] },
        { stream: 3, values: [out || (bar & 16) !== 0 ? Number.NaN : low + 256 * top] },
      ],
    };
  });
}

testDecoder("cms50 on the wire", {
  device: cms50,
  frames: oldFrames,
  checked: false,
  counted: false,
  damage: 2,
  lock: 2,
});
testDecoder("cms50-v7 on the wire", {
  device: cms50V7,
  frames: v7Frames,
  checked: false,
  counted: false,
  damage: 2,
  lock: 2,
});

const wave = (n: number): number => 60 + Math.round(50 * Math.sin(n / 7));
testEmulator("emulated cms50", {
  device: cms50,
  signal: (stream, _, n) => [wave(n), 90 + (n % 10), 40 + (n % 200)][stream]!,
});
testEmulator("emulated module of 100 frames a second", {
  device: cms50,
  options: { rate: "100" },
  signal: (stream, _, n) => [wave(n), 90 + (n % 10), 40 + (n % 200)][stream]!,
  seconds: 5,
});
testEmulator("emulated cms50-v7", {
  device: cms50V7,
  signal: (stream, _, n) => [wave(n), 90 + (n % 10), 40 + (n % 200), n * 7][stream]!,
  seconds: 50,
});

describe("cms50", () => {
  it("reads the known frame, with bit 7 of the pulse rate in the third byte", () => {
    expect(valuesOf(hear(cms50, "c5 33 46 16 61"))).toEqual([51, 97, 150]);
  });

  it("delivers no value that the device calls invalid, and says why", () => {
    const heard = hear(cms50, "c5 33 46 16 61  80 00 30 00 7f  80 21 40 7f 7f");
    expect(valuesOf(heard)).toEqual([51, 97, 150, Number.NaN, Number.NaN, Number.NaN, 33, Number.NaN, Number.NaN]);
    const all = { fingerOut: false, searching: false, searchingLong: false, spo2Dropping: false };
    expect(heard.events).toEqual([
      { name: "state", data: { ...all, sample: 1, fingerOut: true, searching: true } },
      { name: "state", data: { ...all, sample: 2 } },
    ]);
  });

  it("counts the sample of a damaged frame as lost", () => {
    const frame = "c5 33 46 16 61 ";
    const heard = hear(cms50, `${frame}${frame} c5 33 c6 16 61 ${frame.repeat(4)}`);
    expect(heard.of(0).map((sample) => sample.n)).toEqual([0, 1, 3, 4, 5, 6]);
    expect(heard.link).toMatchObject({ frames: 6, framingErrors: 1, resyncs: 1 });
  });

  it("takes SpO2 above 100 and rates above 250 for noise", () => {
    for (const hex of ["c5 33 46 16 65", "c5 33 46 7b 61"]) expect(hear(cms50, hex).samples).toEqual([]);
  });
});

describe("cms50-v7", () => {
  it("reads the frame seen on a device, its perfusion index not valid", () => {
    expect(valuesOf(hear(cms50V7, "01 e0 85 b3 96 c1 e1 ff ff"))).toEqual([51, 97, 65, Number.NaN]);
  });

  it("reads pulse rates from 128 on", () => {
    expect(valuesOf(hear(cms50V7, "01 88 85 b3 86 96 e1 90 81"))).toEqual([51, 97, 150, 0x110]);
  });

  it("is kept alive by its command, and stops 30 s after the last one", () => {
    const { start, keepAlive } = cms50V7.commands();
    expect(Buffer.from(start!).toString("hex")).toBe("7d81a1808080808080");
    const emulator = cms50V7.createEmulator!(() => 60);
    expect(emulator.advance(1000)).toHaveLength(0);
    emulator.receive(start!);
    expect(emulator.advance(29_000).length).toBeGreaterThan(0);
    emulator.receive(keepAlive!.bytes);
    expect(emulator.advance(29_000)).toHaveLength(29 * 60 * 9);
    expect(emulator.advance(60_000).length).toBeLessThanOrEqual(60 * 9);
    expect(emulator.advance(1000)).toHaveLength(0);
    expect(keepAlive!.everyMs).toBeLessThan(30_000);
  });
});
