import { describe, expect, it } from "vitest";
import { converse, Heard, type Random, testDecoder, testEmulator, type WireFrame, whole } from "../testing/index.js";
import { auxWords, encodeCytonFrame } from "./emulator.js";
import { FrameType } from "./frame.js";
import { cyton, cytonDaisy } from "./index.js";

const fromHex = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex"));
const UV = 0.022351744455307063; // 4.5 / (2^23 - 1) / 24 * 1e6
const FRAME = fromHex("a0 2a 000001 ffffff 7fffff 800000 000100 ffff00 010000 ff0000 0008 fff0 03e8 c0");

function heard(options: Record<string, string> = {}, device = cyton): Heard {
  return new Heard(device.createDecoder(options));
}

/** Frames behind `first` that let it be delivered and the accelerometer's ten frames end. */
function followers(first: number, count: number, type: number = FrameType.accel): Uint8Array {
  return Buffer.concat(
    Array.from({ length: count }, (_, i) => encodeCytonFrame(first + 1 + i, Array(8).fill(0), new Uint8Array(6), type)),
  );
}

function randomCounts(random: Random): number[] {
  return Array.from({ length: 8 }, () => whole(random, -(2 ** 23) + 1, 2 ** 23 - 2));
}

function accelFrames(count: number, random: Random): WireFrame[] {
  let xyz = [0, 0, 0];
  return Array.from({ length: count }, (_, n) => {
    const raw = randomCounts(random);
    const fresh = n % 10 === 1;
    if (fresh) xyz = [0, 1, 2].map(() => whole(random, 1, 32767));
    const samples = [{ stream: 0, values: raw.map((value) => value * UV) }];
    if (fresh) samples.push({ stream: 1, values: xyz.map((value) => value * 0.000125) });
    return { bytes: encodeCytonFrame(n, raw, fresh ? auxWords(xyz) : new Uint8Array(6)), samples };
  });
}

testDecoder("cyton", { device: cyton, frames: accelFrames, checked: false, counted: true, damage: 1, lock: 1 });

testDecoder("cyton, analog pins", {
  device: cyton,
  options: { aux: "analog", gain: "6" },
  frames: (count, random) =>
    Array.from({ length: count }, (_, n) => {
      const raw = randomCounts(random);
      const pins = [0, 1, 2].map(() => whole(random, 0, 1023));
      return {
        bytes: encodeCytonFrame(n, raw, auxWords(pins), FrameType.rawAux),
        samples: [
          { stream: 0, values: raw.map((value) => value * UV * 4) },
          { stream: 1, values: pins },
        ],
      };
    }),
  checked: false,
  counted: true,
  damage: 1,
  lock: 1,
});

testDecoder("cyton-daisy", {
  device: cytonDaisy,
  options: { aux: "digital" },
  // A piece is a pair of frames, so that each holds one sample of every channel.
  frames: (count, random) =>
    Array.from({ length: count }, (_, pair) => {
      const raw = [...randomCounts(random), ...randomCounts(random)];
      const pins = [0, 1].map(() => Array.from({ length: 5 }, () => whole(random, 0, 1)));
      const halves = pins.map(([a, b, c, d, e], i) =>
        encodeCytonFrame(2 * pair + 1 + i, raw.slice(8 * i), Uint8Array.of(a!, b!, c!, d!, 0, e!), FrameType.rawAux),
      );
      return {
        bytes: Buffer.concat(halves),
        samples: [
          { stream: 0, values: raw.map((value) => value * UV) },
          ...pins.map((values) => ({ stream: 1, values })),
        ],
      };
    }),
  checked: false,
  counted: true,
  damage: 2,
  lock: 1,
});

const counts = (_: number, channel: number, n: number): number =>
  1 + Math.round(8000 * (1 + Math.sin(n / 7 + channel)));
testEmulator("cyton emulator", { device: cyton, signal: counts });
testEmulator("cyton emulator without a dongle", {
  device: cyton,
  options: { link: "direct", aux: "digital", gain: "2" },
  signal: (stream, channel, n) => (stream === 1 ? (n >> channel) & 1 : counts(stream, channel, n)),
});
testEmulator("cyton-daisy emulator", { device: cytonDaisy, options: { aux: "analog" }, signal: counts });

describe("cyton frames", () => {
  it("reads the known frame", () => {
    const got = heard().push(FRAME);
    expect(got.hellos[0]).toMatchObject({ device: "OpenBCI Cyton", firmware: "" });
    const expected = [1, -1, 8388607, -8388608, 256, -256, 65536, -65536].map((raw) => raw * UV);
    expect(got.of(0)[0]!.n).toBe(42);
    expect(got.of(0)[0]!.timeUs).toBe(42 * 4000);
    for (const [i, value] of got.of(0)[0]!.values.entries()) expect(value).toBeCloseTo(expected[i]!, 9);
    expect(got.of(1)).toEqual([{ stream: 1, n: 4, timeUs: 160_000, values: [0.001, -0.002, 0.125] }]);
  });

  it("gives each reading that later firmware repeats once, and an unchanged one when ten frames are over", () => {
    const frames = Array.from({ length: 40 }, (_, n) =>
      encodeCytonFrame(n, Array(8).fill(n), auxWords([n < 7 ? 16 : n < 16 ? 32 : 48, 1, 2])),
    );
    expect(
      heard()
        .push(Buffer.concat(frames))
        .of(1)
        .map(({ n, values }) => [n, values[0]]),
    ).toEqual([
      [0, 0.002],
      [1, 0.004],
      [2, 0.006],
      [3, 0.006],
    ]);
  });

  it("gathers the axes of time-synced frames, and tells the board's time when it is set", () => {
    const frames = Array.from({ length: 270 }, (_, n) => {
      const counter = n & 255;
      const axis = (counter % 10) - 7;
      const word = axis < 0 ? 0 : 8 * (axis + 1);
      const aux = Uint8Array.of(word >> 8, word & 255, 0, 0, 1, n & 255);
      return encodeCytonFrame(n, Array(8).fill(n), aux, n === 5 ? FrameType.accelTimeSet : FrameType.accelTimeSynced);
    });
    const got = heard().push(Buffer.concat(frames));
    expect(got.events).toEqual([{ name: "timeSync", data: { boardMs: 261, sample: 5 } }]);
    expect(got.of(1)).toHaveLength(26);
    expect(got.of(1).at(-1)).toMatchObject({ n: 26, values: [0.001, 0.002, 0.003] });
  });

  it("gives an unchanged reading whose ten frames lost the last one", () => {
    const frames = Array.from({ length: 30 }, (_, n) => encodeCytonFrame(n, Array(8).fill(n), auxWords([8, 8, 8])));
    const got = heard().push(Buffer.concat(frames.toSpliced(19, 1)));
    expect(got.of(1).map(({ n }) => n)).toEqual([0, 1, 2]);
  });

  it("does not believe a counter that lies before the last one and close to the next", () => {
    const frames = [0, 1, 2, 3, 4, 3, 6, 7, 8].map((n) => encodeCytonFrame(n, Array(8).fill(n), new Uint8Array(6)));
    const got = heard().push(Buffer.concat(frames));
    expect(got.of(0).map(({ n }) => n)).toEqual([0, 1, 2, 3, 4, 6, 7, 8]);
    expect(got.link).toMatchObject({ framingErrors: 1, resyncs: 1 });
  });

  it("marks values at the end of the converter's range", () => {
    const clipped: boolean[] = [];
    const decoder = cyton.createDecoder();
    decoder.push(Buffer.concat([FRAME, followers(42, 2)]), (message) => {
      if (message.type === "samples" && message.block.stream === 0) clipped.push(message.block.clipped);
    });
    expect(clipped).toEqual([true, false, false]);
  });

  it("says once that the board sends other auxiliary data than it was told to", () => {
    const got = heard().push(followers(9, 20, FrameType.rawAux));
    expect(got.of(1)).toHaveLength(0);
    expect(got.statuses).toEqual([{ auxiliaryUnused: 1, option: "aux=accel" }]);
  });

  it("counts halves of Daisy samples that stand alone, and goes on", () => {
    const half = (n: number): Uint8Array => encodeCytonFrame(n, Array(8).fill(n), new Uint8Array(6));
    const got = heard({}, cytonDaisy);
    for (const n of [2, 3, 4, 5, /* 6 lost */ 7, 8, /* 9 lost */ 10, 11, 12, 13]) got.push(half(n));
    expect(got.of(0).map(({ n, values }) => [n, values[0]! / UV, values[8]! / UV].map(Math.round))).toEqual([
      [1, 3, 4],
      [3, 7, 8],
      [5, 11, 12],
    ]);
    expect(got.link.undescribed).toBe(2);
    // A capture that begins with the second half of a sample has no first one to put before it.
    const late = heard({}, cytonDaisy);
    for (const n of [0, 1, 2, 3, 4]) late.push(half(n));
    expect(late.of(0).map(({ n, values }) => [n, values[0]! / UV, values[8]! / UV].map(Math.round))).toEqual([
      [0, 1, 2],
      [1, 3, 4],
    ]);
    // The second half of one sample is not that of another.
    const mixed = heard({}, cytonDaisy);
    for (const n of [1, 2, 3, /* 4, 5 lost */ 6, 7, 8]) mixed.push(half(n));
    expect(mixed.of(0).map(({ n }) => n)).toEqual([0, 3]);
    expect(mixed.link.undescribed).toBe(2);
  });
});

describe("cyton dialogue", () => {
  const BANNER =
    "OpenBCI V3 8-16 channel\nOn Board ADS1299 Device ID: 0x3E\nLIS3DH Device ID: 0x33\nFirmware: v3.1.1\n$$$";

  it("greets with the firmware of the banner, byte by byte too", () => {
    const got = heard();
    for (const byte of Buffer.from(BANNER)) got.push(Uint8Array.of(byte));
    expect(got.hellos).toMatchObject([{ firmware: "v3.1.1" }]);
    expect(got.push(FRAME).push(followers(42, 1)).hellos).toHaveLength(1);
  });

  it("knows a banner of firmware 1, and that a dongle's complaint is none", () => {
    const old = "OpenBCI V3 16 channel\nADS1299 Device ID: 0x3E\nLIS3DH Device ID: 0x33\n$$$";
    expect(heard().push(Buffer.from(old)).hellos).toMatchObject([{ firmware: "" }]);
    const replies: unknown[] = [];
    const failure = "Failure: Communications timeout - Device failed to poll Host";
    cyton.createDecoder().push(Buffer.from(`${failure}$$$`), (message) => replies.push(message));
    expect(replies).toEqual([{ type: "reply", data: { text: failure } }]);
  });

  it("takes a banner amid the frames for a restart", () => {
    const restarted: [number, boolean][] = [];
    const decoder = cyton.createDecoder();
    const wire = Buffer.concat([followers(100, 5), Buffer.from(BANNER), followers(255, 3)]);
    decoder.push(wire, (message) => {
      if (message.type === "samples" && message.block.stream === 0)
        restarted.push([message.block.index & 255, message.block.restarted]);
    });
    expect(restarted.slice(4)).toEqual([
      [105, false],
      [0, true],
      [1, false],
      [2, false],
    ]);
  });

  it("sets gain and pins one command at a time", () => {
    const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
    const { hello, setup, start, stop } = cyton.commands({ gain: "6", aux: "analog" });
    expect([hello, start, stop].map((bytes) => text(bytes!))).toEqual(["v", "b", "s"]);
    expect(setup!.steps.map(text)).toEqual(["c", "/2", ...[1, 2, 3, 4, 5, 6, 7, 8].map((n) => `x${n}030110X`)]);
    expect(cytonDaisy.commands({ gain: "1" }).setup!.steps.map(text).at(-1)).toBe("xI000110X");
    expect(cyton.commands().setup!.steps.map(text)).toEqual(["c"]);
  });

  it("hears the answers to settings", () => {
    const got = converse({ device: cytonDaisy, options: { gain: "12" }, signal: counts, seconds: 4 });
    expect(got.hellos).toMatchObject([{ device: "OpenBCI Cyton with Daisy", firmware: "v3.1.2" }]);
    expect(got.of(0)[0]!.n).toBe(0);
  });
});
