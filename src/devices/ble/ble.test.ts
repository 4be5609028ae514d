import { describe, expect, it } from "vitest";
import { encodeFrame, FrameKind } from "../../framing/frame.js";
import { packMap } from "../biox/messagepack.js";
import { Heard, type Random, testDecoder, testEmulator, type WireFrame, whole } from "../testing/index.js";
import type { DeviceMessage } from "../types.js";
import { encodeNotification, encodePolar, encodePolarDeltas } from "./emulator.js";
import { ble } from "./index.js";
import { readSfloat } from "./oximeter.js";
import { Stream } from "./streams.js";
import { Uuid } from "./uuid.js";

const fromHex = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(/[ |]/g, ""), "hex"));

/** Notifications one after another, a second apart. */
function wire(...notifications: readonly [uuid: string, hex: string][]): Uint8Array {
  return Buffer.concat(notifications.map(([uuid, hex], i) => encodeNotification(i, i * 1e6, uuid, fromHex(hex))));
}

function messages(bytes: Uint8Array): DeviceMessage[] {
  const all: DeviceMessage[] = [];
  ble.createDecoder().push(bytes, (message) => all.push(structuredClone(message)));
  return all.filter((message) => message.type !== "hello" && message.type !== "samples");
}

function heard(bytes: Uint8Array): Heard {
  return new Heard(ble.createDecoder()).push(bytes);
}

testDecoder("ble: Polar PPG, raw and compressed", {
  device: ble,
  frames: (count: number, random: Random): WireFrame[] =>
    Array.from({ length: count }, (_, n) => {
      const values = Array.from({ length: 12 }, () => whole(random, -(2 ** 23), 2 ** 23 - 1));
      const timeUs = 7.6e14 + Math.round(((3 * n + 2) * 1e6) / 55);
      const value = n % 2 === 0 ? encodePolar("ppg", timeUs, values) : encodePolarDeltas(timeUs, values);
      const samples = [0, 1, 2].map((i) => ({ stream: Stream.ppg, values: values.slice(4 * i, 4 * i + 4) }));
      return { bytes: encodeNotification(n, n * 54_545, Uuid.polar, value), samples };
    }),
  checked: true,
  counted: true,
  damage: 1,
  lock: 0,
});

testDecoder("ble: heart rate and oximeter", {
  device: ble,
  frames: (count: number, random: Random): WireFrame[] => {
    let index = 4_294_967_000; // wraps
    return Array.from({ length: count }, (_, n) => {
      const bpm = whole(random, 1, 250);
      const spo2 = whole(random, 0, 100);
      const timeUs = n * 1e6 + whole(random, 0, 100_000);
      const values = [
        [Uuid.heartRate, Uint8Array.of(0, bpm)],
        [Uuid.oximeterContinuous, Uint8Array.of(0, spo2, 0, bpm, 0)],
      ] as const;
      return {
        bytes: Buffer.concat(values.map(([uuid, value]) => encodeNotification(index++, timeUs, uuid, value))),
        samples: [
          { stream: Stream.pulse, values: [bpm] },
          { stream: Stream.spo2, values: [spo2] },
          { stream: Stream.oximeterPulse, values: [bpm] },
        ],
      };
    });
  },
  checked: true,
  counted: true,
  damage: 1,
  lock: 0,
});

const signal = (_: number, channel: number, n: number): number => Math.round(90_000 * Math.sin(n / 8 + channel));
const derived = [Stream.pulse, Stream.spo2, Stream.oximeterPulse, Stream.perfusion];
testEmulator("ble emulator", { device: ble, signal, derived });
testEmulator("ble emulator of an OH1", { device: ble, options: { ppgRate: "135" }, signal, derived });

describe("heart rate measurement", () => {
  it.each([
    ["8 bits", "00 48", 72],
    ["16 bits", "01 48 00", 72],
    ["none", "00 00", Number.NaN],
    ["more than a heart can", "01 2c 01", Number.NaN],
  ])("reads a rate of %s", (_, hex, bpm) => {
    expect(heard(wire([Uuid.heartRate, hex])).of(Stream.pulse)).toMatchObject([{ n: 0, values: [bpm] }]);
  });

  it("tells contact when it changes, energy, and times between beats", () => {
    const rate = "1e 48 10 00 00 04 00 02"; // contact, 16 kJ, 1 s, 0.5 s
    const without = "0c 48 10 00"; // no contact
    expect(messages(wire(["2A37", rate], [Uuid.heartRate, rate], [Uuid.heartRate, without]))).toEqual([
      { type: "event", name: "contact", data: { contact: true } },
      { type: "event", name: "beats", data: { rrMs: [1000, 500] } },
      { type: "status", data: { energyKj: 16 } },
      { type: "event", name: "beats", data: { rrMs: [1000, 500] } },
      { type: "event", name: "contact", data: { contact: false } },
    ]);
  });

  it.each(["", "00", "00 48 01", "01 48", "08 48 10", "10 48 01", "18 48 10"])("refuses the bytes '%s'", (hex) => {
    const got = heard(wire([Uuid.heartRate, hex]));
    expect(got.samples).toEqual([]);
    expect(got.link).toMatchObject({ frames: 1, undescribed: 1 });
  });
});

describe("pulse oximeter", () => {
  it.each([
    [0x0061, 97],
    [0xf3cd, 97.3],
    [0xe00f, 0.15],
    [0x1009, 90],
    [0xffff & 0xfff6, -1.0],
    [0x07ff, Number.NaN],
    [0x0800, Number.NaN],
    [0x07fe, Number.NaN],
    [0x0802, Number.NaN],
  ])("reads the SFLOAT %i", (word, value) => {
    expect(readSfloat(Uint8Array.of(word, word >> 8), 0)).toBe(value);
  });

  it("reads a continuous measurement with all its fields", () => {
    const got = heard(
      wire([Uuid.oximeterContinuous, "1f | 61 00 48 00 | 5f 00 46 00 | 60 00 47 00 | 20 00 | 30 08 00 | 0f f0"]),
    );
    expect(got.samples.map(({ stream, values }) => [stream, ...values])).toEqual([
      [Stream.spo2, 97],
      [Stream.oximeterPulse, 72],
      [Stream.perfusion, 1.5],
    ]);
    expect(got.events).toEqual([
      { name: "sensorStatus", data: { status: ["poor signal", "low perfusion", "sensor unconnected to user"] } },
    ]);
  });

  it("reads a spot check, which has a time and other flags", () => {
    const got = heard(wire([Uuid.oximeterSpotCheck, "09 | 61 00 48 00 | ea 07 0b 16 0d 24 00 | 0f f0"]));
    expect(got.samples.map(({ values }) => values[0])).toEqual([97, 72, 1.5]);
  });

  it.each([
    ["not a number", "00 ff 07 ff 07"],
    ["more than 100 percent, no pulse", "00 65 00 00 00"],
    ["called unavailable", "04 61 00 48 00 00 20"],
    ["called invalid", "04 61 00 48 00 00 80"],
  ])("delivers no value that is %s", (_, hex) => {
    const got = heard(wire([Uuid.oximeterContinuous, hex]));
    expect(got.samples.map(({ values }) => values)).toEqual([[Number.NaN], [Number.NaN]]);
  });

  it.each(["", "00 61 00 48", "10 61 00 48 00", "00 61 00 48 00 00"])("refuses the bytes '%s'", (hex) => {
    expect(heard(wire([Uuid.oximeterContinuous, hex])).link.undescribed).toBe(1);
  });
});

describe("Polar measurement data", () => {
  const HEADER = "01 00 94 35 77 00 00 00 00";
  // The notification of Polar's own test of frame type 0, compressed (polar-ble-sdk, PpgDataTest): 42 samples.
  const COMPRESSED = `${HEADER} 80 2C2D00C27700D3D2FF3D88FF 0A29
    B2F0EE3411 B2ECEE7411 B1E8FEB411 B1E8FEB411 B1E0FE3412 B0DC0E7512 B0D80EB512 AFD41EF512 AFD01E3513 AECC2E7513
    AEC82EB513 ADC43EF513 ADBC3E7514 ADBC3E7514 ACB84EB514 ACB44EF514 ABB05E3515 AAAC6E7515 AAA86EB515 AAA46EF515
    A9A07E3516 A99C7E7516 A8988EB516 A7949EF516 A7909E3517 A78C9E7517 A688AEB517 A588BEB517 A580BE3518 A47CCE7518
    A478CEB518 A378DEB518 A270EE3519 A26CEE7519 A26CEE7519 A168FEB519 A0600E361A 9F601E361A 9F5C1E761A 9F581EB61A
    9D543EF61A`.replaceAll(/\s/g, "");

  it("reads the samples that Polar's own software reads", () => {
    const got = heard(wire([Uuid.polar, COMPRESSED])).of(Stream.ppg);
    expect(got).toHaveLength(42);
    expect(got[0]!.values).toEqual([11564, 30658, -11565, -30659]);
    expect(got[1]!.values).toEqual([11564 + 178, 30658 - 68, -11565 - 178, -30659 + 68]);
    // The stamp, 2 s, is the last sample's.
    expect(got[0]!.timeUs).toBe(Math.floor(2e6 - (41 * 1e6) / 55));
  });

  it("reads several blocks of differences of different widths", () => {
    const samples = heard(
      wire([Uuid.polar, `${HEADER} 80 010000020000030000040000 | 03 02 | 59 59 2f | 08 01 | ff 80 7f 00`]),
    );
    expect(samples.of(Stream.ppg).map(({ values }) => values)).toEqual([
      [1, 2, 3, 4],
      [2, 5, 0, 0],
      [-1, 3, 3, 1],
      [-2, -125, 130, 1],
    ]);
  });

  it("reads an ECG", () => {
    const got = heard(wire([Uuid.polar, "00 00 94 35 77 00 00 00 00 00 | ff ff ff | 10 27 00"]));
    expect(got.of(Stream.ecg).map(({ values }) => values[0])).toEqual([-1, 10_000]);
  });

  it("says once what it cannot read", () => {
    const acceleration = `02${HEADER.slice(2)} 01 00 00 00 00 00 00`;
    const other = `${HEADER} 87 00 00 00`;
    expect(messages(wire([Uuid.polar, acceleration], [Uuid.polar, acceleration], [Uuid.polar, other]))).toEqual([
      { type: "status", data: { unreadPolarFrame: { measurement: 2, frameType: 1, compressed: false } } },
      { type: "status", data: { unreadPolarFrame: { measurement: 1, frameType: 7, compressed: true } } },
    ]);
  });

  it.each([
    ["no sample", `${HEADER} 00`],
    ["a sample cut short", `${HEADER} 00 01 02 03`],
    ["a first sample cut short", `${HEADER} 80 01 02 03`],
    ["a block cut short", `${HEADER} 80 000000000000000000000000 0a 02 00`],
    ["a block without a length", `${HEADER} 80 000000000000000000000000 0a`],
    ["differences of no bits", `${HEADER} 80 000000000000000000000000 00 05`],
    ["differences of too many bits", `${HEADER} 80 000000000000000000000000 21 01 ${"00".repeat(17)}`],
    ["a block of no samples", `${HEADER} 80 000000000000000000000000 0a 00`],
  ])("refuses %s", (_, hex) => {
    const got = heard(wire([Uuid.polar, hex]));
    expect(got.samples).toEqual([]);
    expect(got.link.undescribed).toBe(1);
  });

  it("takes a sensor whose clock begins anew for a restart", () => {
    const restarted: [number, boolean][] = [];
    const at = (seconds: number): Uint8Array => encodePolar("ppg", seconds * 1e6, [1, 2, 3, 4]);
    const bytes = [9, 9 + 1 / 55, 2, 2 + 1 / 55].map((time, i) => encodeNotification(i, i, Uuid.polar, at(time)));
    ble.createDecoder().push(Buffer.concat(bytes), (message) => {
      if (message.type === "samples") restarted.push([message.block.index, message.block.restarted]);
    });
    expect(restarted).toEqual([
      [0, false],
      [1, false],
      [3, true],
      [4, false],
    ]);
  });
});

describe("bridge frames", () => {
  it("takes long and short UUIDs, and names those it cannot read once", () => {
    const long = "00002A19-0000-1000-8000-00805F9B34FB";
    expect(messages(wire([long, "57"], ["2a19", "57"], ["beef", "00"], ["beef", "00"]))).toEqual([
      { type: "status", data: { batteryPercent: 0x57 } },
      { type: "status", data: { unreadCharacteristic: "beef" } },
    ]);
  });

  it("counts a second without heart rate as lost only when messages are missing", () => {
    const rate = (index: number, seconds: number): Uint8Array =>
      encodeNotification(index, seconds * 1e6, Uuid.heartRate, Uint8Array.of(0, 60));
    const got = heard(Buffer.concat([rate(0, 0), rate(1, 3), rate(2, 4), rate(5, 7), rate(6, 8)]));
    expect(got.of(Stream.pulse).map(({ n }) => n)).toEqual([0, 1, 2, 5, 6]);
  });

  it.each<[string, number, Record<string, unknown>]>([
    ["another kind of frame", FrameKind.status, { uuid: "2a37", value: [0, 60] }],
    ["no UUID", FrameKind.event, { value: [0, 60] }],
    ["a value that is no list of bytes", FrameKind.event, { uuid: "2a37", value: [0, 600] }],
    ["a value that is a text", FrameKind.event, { uuid: "2a37", value: "00" }],
  ])("counts frames with %s", (_, kind, map) => {
    const got = heard(encodeFrame({ kind: kind as FrameKind, index: 0, payload: packMap(map) }));
    expect(got.link).toMatchObject({ frames: 1, undescribed: 1 });
    expect(got.hellos).toEqual([]);
  });
});
