import { describe, expect, it } from "vitest";
import { Heard, type Random, testDecoder, testEmulator, type WireFrame, whole } from "../testing/index.js";
import type { DeviceMessage } from "../types.js";
import { emotibit } from "./index.js";
import { formatPacket } from "./packet.js";

const TAGS = { tags: "PI,EA,T1" };

function heard(options: Record<string, string> = TAGS): Heard {
  return new Heard(emotibit.createDecoder(options));
}

function messages(text: string, options: Record<string, string> = TAGS): DeviceMessage[] {
  const all: DeviceMessage[] = [];
  emotibit.createDecoder(options).push(Buffer.from(text), (message) => all.push(structuredClone(message)));
  return all;
}

/** What the board sends in 400 ms: 10 samples of infrared, 6 of skin conductance, 3 temperatures. */
function cycles(count: number, random: Random): WireFrame[] {
  let packets = 65_000;
  return Array.from({ length: count }, (_, cycle) => {
    const series = [
      ["PI", 10, 25],
      ["EA", 6, 15],
      ["T1", 3, 7.5],
    ] as const;
    const drawn = series.map(([, size]) => Array.from({ length: size }, () => whole(random, -99_999, 99_999) / 10));
    const lines = series.map(([tag, size, rate], i) => {
      const timestamp = Math.round((((cycle + 1) * size - 1) * 1000) / rate) + whole(random, 0, 15);
      return formatPacket(
        timestamp,
        packets++,
        tag,
        drawn[i]!.map((value) => value.toFixed(1)),
      );
    });
    return {
      bytes: Buffer.from(lines.join("")),
      samples: drawn.flatMap((values, stream) => values.map((value) => ({ stream, values: [value] }))),
    };
  });
}

testDecoder("emotibit", {
  device: emotibit,
  options: TAGS,
  frames: cycles,
  checked: false,
  counted: true,
  damage: 2,
  lock: 0,
});

const signal = (_: number, channel: number, n: number): number => Math.round(1000 * Math.sin(n / 5 + channel)) / 8;
testEmulator("emotibit emulator", { device: emotibit, signal });
testEmulator("emotibit emulator at 100 Hz", { device: emotibit, options: { ppgRate: "100", tags: "PG,MX" }, signal });

describe("emotibit packets", () => {
  it("reads a packet: values, time, unit", () => {
    const got = heard({}).push(Buffer.from("10000,7,2,PI,1,100,12345,-12.5\r\n"));
    expect(got.hellos).toMatchObject([{ device: "EmotiBit", firmware: "" }]);
    expect(got.streams.map(({ name, rate }) => [name, rate])).toEqual([
      ["ir", 25],
      ["red", 25],
      ["green", 25],
      ["gsr", 15],
      ["temperature", 7.5],
      ["thermopile", 7.5],
      ["accX", 25],
      ["accY", 25],
      ["accZ", 25],
    ]);
    // The stamp is that of the last value.
    expect(got.samples).toEqual([
      { stream: 0, n: 0, timeUs: 9_960_000, values: [12345] },
      { stream: 0, n: 1, timeUs: 9_960_000, values: [-12.5] },
    ]);
  });

  it.each([
    ["fewer values than it says", "100,1,3,PI,1,100,1,2"],
    ["more values than it says", "100,1,1,PI,1,100,1,2"],
    ["no value", "100,1,0,PI,1,100"],
    ["a value that is no number", "100,1,2,PI,1,100,1,2x"],
    ["an empty value", "100,1,2,PI,1,100,1,"],
    ["a number of another notation", "100,1,1,PI,1,100,0x10"],
    ["infinity", "100,1,1,PI,1,100,inf"],
    ["a reliability beyond 100", "100,1,1,PI,1,101,5"],
    ["a negative time", "1-0,1,1,PI,1,100,5"],
    ["a broken tag", "100,1,1,p!,1,100,5"],
    ["a header cut short", "100,1,1"],
  ])("refuses a line with %s", (_, line) => {
    const got = heard().push(Buffer.from(`${line}\n200,2,1,PI,1,100,7\n`));
    expect(got.samples.map(({ values }) => values)).toEqual([[7]]);
    expect(got.link).toMatchObject({ framingErrors: 1, resyncs: 1, frames: 1 });
  });

  it("passes over console text, and counts lines without an end", () => {
    const got = heard().push(Buffer.from("SERIAL_DATA_ON: PI\n\nFirmware version: 1.9.0\n"));
    expect(got.link).toMatchObject({ frames: 0, framingErrors: 0, oversize: 0 });
    got.push(Buffer.alloc(10_000, "1,")).push(Buffer.from("\n100,1,1,PI,1,100,5\n"));
    expect(got.samples).toHaveLength(1);
    expect(got.link).toMatchObject({ oversize: 1, resyncs: 1 });
  });

  it("counts lost packets by the time, whatever the packet numbers", () => {
    const packet = (n: number, number: number): string =>
      formatPacket(1000 + 40 * (n + 2) + (n % 3) * 9, number, "PI", ["1", "2", "3"]);
    const got = heard().push(Buffer.from(packet(0, 1) + packet(3, 40) + packet(9, 41) + packet(12, 50)));
    expect(got.samples.map(({ n }) => n)).toEqual([0, 1, 2, 3, 4, 5, 9, 10, 11, 12, 13, 14]);
  });

  it("believes a far time only from two packets", () => {
    const three = (timestamp: number): string => `${timestamp},1,3,PI,1,100,1,2,3\n`;
    const damaged = heard().push(Buffer.from(three(5000) + three(905_120) + three(5240) + three(5360)));
    expect(damaged.samples.map(({ n }) => n)).toEqual([0, 1, 2, 6, 7, 8, 9, 10, 11]);
    expect(damaged.link.framingErrors).toBe(1);
  });

  it.each([500_000, 2700])("sees that a board began anew %i ms after it had begun", (before) => {
    const line = (timestamp: number, value: number): string => `${timestamp},1,1,PI,1,100,${value}\n`;
    const restarts = messages(line(before, 1) + line(200, 2) + line(240, 3) + line(280, 4));
    const blocks = restarts.flatMap((message) => (message.type === "samples" ? [message.block] : []));
    expect(blocks.map(({ values, restarted }) => [values[0], restarted])).toEqual([
      [1, false],
      [3, true],
      [4, false],
    ]);
  });

  it("hands clipping and overflow on to the next block of the tag, in both versions", () => {
    const [, first, clipping, pi, overflow, t1] = messages(
      "100,1,1,EA,1,100,1\n101,2,2,DC,1,100,PI,PI\n140,3,1,PI,1,100,9\n141,4,2,DO,2,100,T1,3\n150,5,1,T1,1,100,30\n",
    );
    expect(first).toMatchObject({ block: { stream: 1, clipped: false } });
    expect(clipping).toEqual({ type: "event", name: "clipping", data: { tags: ["PI"] } });
    expect(pi).toMatchObject({ block: { stream: 0, clipped: true, dropped: false } });
    expect(overflow).toEqual({ type: "event", name: "overflow", data: { tags: ["T1"] } });
    expect(t1).toMatchObject({ block: { stream: 2, clipped: false, dropped: true } });
  });

  it("gives beats, battery and texts as events and status", () => {
    expect(
      messages(
        "9,1,1,HR,1,100,71.5\n9,2,1,BI,1,100,840\n9,3,1,B%,1,100,87\n9,4,0,RS,1,100\n9,5,4,EM,1,100,RS,RE,PS,MN\n",
      ),
    ).toEqual([
      { type: "event", name: "heartRate", data: { bpm: 71.5 } },
      { type: "event", name: "interBeatInterval", data: { ms: 840 } },
      { type: "status", data: { batteryPercent: 87 } },
      { type: "event", name: "reset", data: {} },
      { type: "status", data: { EM: ["RS", "RE", "PS", "MN"] } },
    ]);
  });

  it("counts series that nobody asked for", () => {
    expect(heard().push(Buffer.from("9,1,1,AX,1,100,0.5\n")).link).toMatchObject({ frames: 1, undescribed: 1 });
  });

  it("asks for each tag, and refuses tags that do not exist", () => {
    const { start, stop } = emotibit.commands();
    expect(Buffer.from(start!).toString()).toMatch(/^@S\+,PI~@S\+,PR~/);
    expect(start!.length).toBeLessThan(64);
    expect(Buffer.from(stop!).toString()).toMatch(/^@S-,PI~/);
    for (const tags of ["", "PI,", "XX", "PI,PI", "pi"])
      expect(() => emotibit.createDecoder({ tags })).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
  });
});
