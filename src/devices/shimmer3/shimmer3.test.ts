import { describe, expect, it } from "vitest";
import { converse, Heard, type Random, testDecoder, testEmulator, type WireFrame, whole } from "../testing/index.js";
import { shimmerChannel } from "./channels.js";
import { type CrcBytes, shimmerCrc } from "./crc.js";
import { encodeInquiry } from "./emulator.js";
import { skinConductance } from "./gsr.js";
import { shimmer3 } from "./index.js";
import { encodePacket, type ShimmerLayout } from "./layout.js";

const fromHex = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex"));
const DEFAULTS = { mag: "le", gyro: "be", ppg: "a13" } as const;

function layoutOf(ids: readonly number[], crc: CrcBytes, divider = 256): ShimmerLayout {
  return { divider, channels: ids.map((id) => shimmerChannel(id, DEFAULTS)!), crc };
}

function inquiry(ids: readonly number[], divider = 256): Uint8Array {
  return Uint8Array.from([0xff, ...encodeInquiry(divider, [0, 0, 0, 1], ids)]);
}

/** Packets of every width, sign and byte order. */
const IDS = [0x12, 0x1e, 0x07, 0x0a, 0x1b, 0x1d];
function packets(crc: CrcBytes) {
  return (count: number, random: Random): WireFrame[] =>
    Array.from({ length: count }, (_, n) => {
      const values = [
        whole(random, 0, 4095),
        whole(random, -(2 ** 23), 2 ** 23 - 1),
        whole(random, -32768, 32767),
        whole(random, -32768, 32767),
        whole(random, 0, 2 ** 24 - 1),
        whole(random, 0, 255),
      ];
      // Time stamps wrap within the 10,000 packets; reading the timer may be late by a tick.
      const ticks = 2 ** 24 - 1000 * 256 + n * 256 + whole(random, 0, 1);
      return { bytes: encodePacket(layoutOf(IDS, crc), ticks, values), samples: [{ stream: 0, values }] };
    });
}

const common = { device: shimmer3, before: inquiry(IDS), counted: true, lock: 1 };
testDecoder("shimmer3", { ...common, frames: packets(2), checked: true, damage: 1 });
testDecoder("shimmer3, sum of one byte", {
  ...common,
  options: { crc: "1" },
  frames: packets(1),
  checked: false,
  damage: 1,
});
testDecoder("shimmer3, no sum", { ...common, options: { crc: "0" }, frames: packets(0), checked: false, damage: 2 });

const signal = (_: number, channel: number, n: number): number => 2000 + Math.round(900 * Math.sin(n / 9 + channel));
testEmulator("shimmer3 emulator", { device: shimmer3, signal });
testEmulator("shimmer3 emulator without sum", { device: shimmer3, options: { crc: "0", ppg: "a1" }, signal });

describe("shimmer3 packets", () => {
  it.each([
    [8, "aa48"],
    [9, "5d2a"],
    [10, "178b"],
    [11, "4e79"],
  ])("sums 01 to %i as the firmware does", (count, sum) => {
    const bytes = Uint8Array.from({ length: count }, (_, i) => i + 1);
    const crc = shimmerCrc(bytes, 0, count);
    expect(Buffer.from([crc & 255, crc >> 8]).toString("hex")).toBe(sum);
  });

  it.each([
    ["2", "00 45 23 01 12 08 ff 0f 8a 66"],
    ["1", "00 45 23 01 12 08 ff 0f 8a"],
  ])("reads the known packet with %s bytes of sum", (crc, hex) => {
    const next = encodePacket(layoutOf([0x12, 0x0d], Number(crc) as CrcBytes), 0x012445, [1, 2]);
    const heard = new Heard(shimmer3.createDecoder({ crc }))
      .push(inquiry([0x12, 0x0d]))
      .push(fromHex(hex))
      .push(next);
    expect(heard.streams).toMatchObject([
      { rate: 128, clock: "device", channels: [{ name: "ppg" }, { name: "extA7" }] },
    ]);
    const timeUs = Math.floor((0x012345 * 1e6) / 32768);
    expect(heard.samples[0]).toEqual({ stream: 0, n: 0, timeUs, values: [0x0812, 0x0fff] });
    expect(heard.samples[1]!.timeUs - timeUs).toBeCloseTo(256e6 / 32768, -1);
  });

  it("marks values at the end of the converter, and of no other channel", () => {
    const ids = [0x12, 0x04];
    const rows = [
      [4095, 5],
      [0, 5],
      [9, 4095],
      [8, 0],
    ];
    const wire = rows.map((values, n) => encodePacket(layoutOf(ids, 2), n * 256, values));
    const clipped: boolean[] = [];
    shimmer3.createDecoder().push(Buffer.concat([inquiry(ids), ...wire]), (message) => {
      if (message.type === "samples") clipped.push(message.block.clipped);
    });
    expect(clipped).toEqual([true, true, false, false]);
  });

  it("counts a long silence by the time stamps, over their wrap", () => {
    const layout = layoutOf([0x12], 2);
    const at = (n: number): Uint8Array => encodePacket(layout, 2 ** 24 - 512 + n * 256, [n & 4095]);
    const heard = new Heard(shimmer3.createDecoder()).push(inquiry([0x12]));
    for (const n of [0, 1, 2, 60_000, 60_001]) heard.push(at(n));
    expect(heard.samples.map(({ n }) => n)).toEqual([0, 1, 2, 60_000, 60_001]);
  });

  it("does not believe a time stamp that lies before the last one and close to the next", () => {
    const heard = new Heard(shimmer3.createDecoder({ crc: "0" })).push(inquiry([0x12]));
    const stamps = [0, 1, 2, 3, 4, 3, 6, 7, 8];
    for (const [n, stamp] of stamps.entries()) heard.push(encodePacket(layoutOf([0x12], 0), stamp * 256, [100 + n]));
    expect(heard.samples.map(({ n }) => n)).toEqual([0, 1, 2, 3, 4, 6, 7, 8]);
  });

  it("reads the byte orders that the options say", () => {
    const ids = [0x0a, 0x07];
    const wire = Buffer.concat([0, 1].map((n) => encodePacket(layoutOf(ids, 2), n * 256, [0x0102, 0x0304])));
    const values = (options: Record<string, string>): number[] =>
      new Heard(shimmer3.createDecoder(options)).push(inquiry(ids)).push(wire).samples[0]!.values;
    expect(values({})).toEqual([0x0102, 0x0304]);
    expect(values({ gyro: "le", mag: "be" })).toEqual([0x0201, 0x0403]);
  });
});

describe("skin conductance", () => {
  it("is that of the amplifier", () => {
    // Half of 3 V over 40.2 kOhm: a gain of 3, so R = 40.2 / 2 kOhm.
    expect(skinConductance(4095 / 2)).toBeCloseTo(1000 / 20.1, 1);
    expect(skinConductance(0xc000 | 100)).toBe(skinConductance(0xc000 | 683));
    expect(skinConductance(300)).toBe(0);
  });

  it.each([
    [0, 0.0373, -24.9915, 2600],
    [1, 0.0054, -3.5194, 2700],
    [2, 0.0015, -1.0163, 2700],
    [3, 0.0004558, -0.3014, 2500],
  ])("agrees with what Shimmer measured on resistors, range %i", (range, slope, intercept, count) => {
    // Linear fits of GSR/gsr.c in the firmware, against precision resistors.
    const measured = slope * count + intercept;
    expect(Math.abs(skinConductance((range << 14) | count) / measured - 1)).toBeLessThan(0.08);
  });

  it("is delivered for the gsr channel", () => {
    const ids = [0x12, 0x1c];
    const wire = Buffer.concat([0, 1].map((n) => encodePacket(layoutOf(ids, 2), n * 256, [7, 0x4000 | 2700])));
    const heard = new Heard(shimmer3.createDecoder()).push(inquiry(ids)).push(wire);
    expect(heard.streams[0]!.channels[1]).toMatchObject({ name: "gsr", unit: "uS" });
    expect(heard.samples[0]!.values[1]).toBeCloseTo(10.3, 1);
  });
});

describe("shimmer3 dialogue", () => {
  it("hears nothing before the inquiry is answered, and describes the channels in its order", () => {
    const ids = [0x1c, 0x12, 0x03];
    const wire = Buffer.concat([0, 1, 2].map((n) => encodePacket(layoutOf(ids, 2), n * 256, [1, 2, 3])));
    const heard = new Heard(shimmer3.createDecoder()).push(wire);
    expect(heard.hellos).toHaveLength(0);
    for (const byte of inquiry(ids, 640)) heard.push(Uint8Array.of(byte));
    expect(heard.hellos).toMatchObject([{ device: "Shimmer3", streams: [{ rate: 51.2 }] }]);
    expect(heard.streams[0]!.channels.map(({ name }) => name)).toEqual(["gsr", "ppg", "battery"]);
    heard.push(inquiry(ids, 640));
    heard.push(wire);
    expect(heard.hellos).toHaveLength(1);
  });

  it("refuses channels that it does not know, once, and still hears a better answer", () => {
    const heard = new Heard(shimmer3.createDecoder());
    for (let i = 0; i < 3; i++) heard.push(inquiry([0x12, 0x99]));
    expect(heard.statuses).toEqual([{ refused: "unknown channel ids", ids: ["99"] }]);
    heard.push(inquiry([0x1e, 0x23]));
    expect(heard.statuses[1]).toMatchObject({ refused: "a channel comes twice" });
    expect(heard.hellos).toHaveLength(0);
    heard.push(inquiry([0x12]));
    expect(heard.hellos).toHaveLength(1);
  });

  it("describes the streams again when the unit was set up anew", () => {
    const heard = new Heard(shimmer3.createDecoder()).push(inquiry([0x12]));
    const wire = (layout: ShimmerLayout): Uint8Array =>
      Buffer.concat(
        [0, 1, 2].map((n) =>
          encodePacket(
            layout,
            n * layout.divider,
            layout.channels.map(() => n + 1),
          ),
        ),
      );
    heard.push(wire(layoutOf([0x12], 2)));
    heard.push(inquiry([0x12, 0x13], 512)).push(new Uint8Array(20).fill(0xff));
    heard.push(wire(layoutOf([0x12, 0x13], 2, 512)));
    expect(heard.hellos).toHaveLength(2);
    expect(heard.samples.slice(-2).map(({ values }) => values)).toEqual([
      [2, 2],
      [3, 3],
    ]);
  });

  it.each([
    ["divider 0", "ff 02 00 00 00 00 00 00 01 01 12"],
    ["no channels", "ff 02 00 01 00 00 00 00 00 01"],
    ["too many channels", "ff 02 00 01 00 00 00 00 ff 01"],
    ["no acknowledgement", "02 00 01 00 00 00 00 01 01 12"],
  ])("takes an answer with %s for none", (_, hex) => {
    const heard = new Heard(shimmer3.createDecoder()).push(fromHex(hex));
    expect(heard.hellos).toHaveLength(0);
    expect(heard.push(inquiry([0x12])).hellos).toHaveLength(1);
  });

  it("reads packets without an inquiry where it is told what they hold, and believes an inquiry more", () => {
    const wire = (ids: number[]): Uint8Array =>
      Buffer.concat(
        [0, 1, 2].map((n) =>
          encodePacket(
            layoutOf(ids, 2, 512),
            n * 512,
            ids.map(() => n + 5),
          ),
        ),
      );
    const heard = new Heard(shimmer3.createDecoder({ channels: "12,1D", divider: "512" }));
    expect(heard.hellos).toHaveLength(0);
    heard.push(wire([0x12, 0x1d]));
    expect(heard.streams).toMatchObject([{ rate: 64, channels: [{ name: "ppg" }, { name: "exg1Status" }] }]);
    expect(heard.samples.map(({ values }) => values)).toEqual([
      [5, 5],
      [6, 6],
      [7, 7],
    ]);
    heard
      .push(inquiry([0x13], 512))
      .push(new Uint8Array(20).fill(0xff))
      .push(wire([0x13]));
    expect(heard.hellos).toHaveLength(2);
    expect(heard.samples.at(-1)!.values).toEqual([7]);
  });

  it.each([
    { channels: "99" },
    { channels: "12,12" },
    { channels: "" },
    { channels: "12," },
    { channels: "0x12" },
    { channels: "1e,23" },
    { divider: "0" },
    { divider: "65536" },
    { divider: "12.5" },
  ])("refuses %j", (options) => {
    expect(() => shimmer3.createDecoder(options)).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
  });

  it("asks one command at a time, and learns the firmware", () => {
    const { hello, setup, start, stop } = shimmer3.commands();
    expect([hello, ...setup!.steps, start, stop].map((bytes) => Buffer.from(bytes!).toString("hex"))).toEqual([
      "01",
      "2e",
      "5e01",
      "8b02",
      "07",
      "20",
    ]);
    expect(shimmer3.commands({ crc: "0" }).setup!.steps).toHaveLength(2);
    const replies: unknown[] = [];
    shimmer3.createDecoder().push(fromHex("ff 2f 03 00 00 00 10 06"), (message) => replies.push(message));
    expect(replies).toEqual([{ type: "reply", data: { firmware: "LogAndStream 0.16.6" } }]);
  });

  it("gives no light before the sensor's power is on", () => {
    const emulator = shimmer3.createEmulator!(() => 99);
    const heard = new Heard(shimmer3.createDecoder({ crc: "0" }));
    const send = (...bytes: number[]): Heard => heard.push(emulator.receive(Uint8Array.from(bytes)));
    send(1);
    send(7).push(emulator.advance(100));
    expect(heard.samples.at(-1)!.values).toEqual([99, 99, 99, 0]);
    send(0x5e, 1).push(emulator.advance(100));
    expect(heard.samples.at(-1)!.values).toEqual([99, 99, 99, 99]);
    expect(converse({ device: shimmer3, signal, seconds: 3 }).link.crcErrors).toBe(0);
  });
});
