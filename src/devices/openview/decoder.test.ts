import { describe, expect, it } from "vitest";
import { fromHex } from "../../../firmware-bridge/test/corpus.js";
import { writeLe } from "../../framing/little-endian.js";
import { encodeOpenView } from "../../framing/openview.js";
import { Heard, type Random, testDecoder, testEmulator, type WireFrame, whole } from "../testing/index.js";
import { healthypi4, healthypi5, openview } from "./index.js";

const hear = (device: typeof healthypi4, bytes: Uint8Array, options = {}): Heard =>
  new Heard(device.createDecoder(options)).push(bytes);

const i16 = (random: Random): number => whole(random, -32768, 32767);
const i22 = (random: Random): number => whole(random, -(2 ** 21), 2 ** 21 - 1);

/** A payload of numbers of 1, 2 and 4 bytes. */
function payloadOf(...values: readonly (readonly [value: number, width: 1 | 2 | 4])[]): Uint8Array {
  const bytes = new Uint8Array(values.reduce((sum, [, width]) => sum + width, 0));
  let at = 0;
  for (const [value, width] of values) {
    writeLe(bytes, at, value, width);
    at += width;
  }
  return bytes;
}

describe("HealthyPi v4", () => {
  it("reads the known frame", () => {
    const heard = hear(
      healthypi4,
      fromHex("0afa14000285ffc80190eefeff40e2010047 0e10614850780000 0b".replaceAll(" ", "")),
    );
    expect(heard.of(0).map((sample) => sample.values)).toEqual([[-123, 456, -70000, 123456]]);
    const slow = [1, 2, 3, 4].map((stream) => heard.of(stream)[0]!.values[0]!);
    expect(slow[0]).toBeCloseTo(36.55, 9);
    expect(slow.slice(1)).toEqual([97, 72, 16]);
    expect(heard.events).toEqual([{ name: "leads", data: { ecgLeadOff: false, probeOff: false } }]);
    expect(heard.streams.flatMap((s) => s.channels.map((c) => `${c.name} ${c.unit} ${s.rate}`))).toEqual([
      "ecg adc 125",
      "respiration adc 125",
      "ir adc 125",
      "red adc 125",
      "temperature degC 1",
      "spo2 % 1",
      "pulseRate bpm 1",
      "respirationRate 1/min 1",
    ]);
  });

  it("takes an end of 0B alone, as OpenView's README shows it", () => {
    const frame = fromHex("0afa14000285ffc80190eefeff40e20100470e1061485078000b");
    expect(hear(healthypi4, frame).of(0)).toHaveLength(1);
  });

  it("takes no frame of which start, length, type or end is damaged", () => {
    const payload = payloadOf(
      [1, 2],
      [2, 2],
      [3, 4],
      [4, 4],
      [3600, 2],
      [9, 1],
      [97, 1],
      [70, 1],
      [80, 1],
      [120, 1],
      [0, 1],
    );
    const frame = encodeOpenView(2, payload);
    expect(hear(healthypi4, frame).of(0)).toHaveLength(1);
    for (const at of [0, 1, 2, 3, 4, frame.length - 2, frame.length - 1])
      for (const bit of [1, 8, 64]) {
        const damaged = hear(healthypi4, Buffer.concat([frame.with(at, frame[at]! ^ bit), frame]));
        expect(damaged.of(0), `byte ${at}`).toHaveLength(1);
        expect(damaged.link.framingErrors + damaged.link.undescribed, `byte ${at}`).toBe(1);
      }
  });

  it("gives no value that is not one, and tells of leads when they change", () => {
    const frame = (leads: number, spo2: number) =>
      encodeOpenView(
        2,
        payloadOf([1, 2], [2, 2], [3, 4], [4, 4], [3600, 2], [0, 1], [spo2, 1], [0, 1], [80, 1], [120, 1], [leads, 1]),
      );
    const heard = hear(healthypi4, Buffer.concat([frame(3, 0), frame(3, 0), frame(1, 0)]));
    expect([2, 3, 4].map((stream) => heard.of(stream)[0]!.values)).toEqual([[Number.NaN], [Number.NaN], [Number.NaN]]);
    expect(heard.events.map((event) => event.data)).toEqual([
      { ecgLeadOff: true, probeOff: true },
      { ecgLeadOff: true, probeOff: false },
    ]);
    expect(hear(healthypi4, frame(0, 101)).samples).toEqual([]);
  });

  it("counts other messages of the firmware, and takes nothing from them", () => {
    const heard = hear(
      healthypi4,
      Buffer.concat([encodeOpenView(6, new Uint8Array(3)), encodeOpenView(2, new Uint8Array(20))]),
    );
    expect(heard.link).toMatchObject({ frames: 2, undescribed: 1, framingErrors: 0 });
    expect(heard.of(0)).toHaveLength(1);
  });
});

function healthyPi4Frames(count: number, random: Random): WireFrame[] {
  return Array.from({ length: count }, (_, n) => {
    const signals = [i16(random), i16(random), i22(random), i22(random)];
    const [temperature, rr, spo2, hr] = [
      whole(random, 2000, 4000),
      whole(random, 1, 60),
      whole(random, 50, 100),
      whole(random, 30, 250),
    ];
    const [ecg, resp, ir, red] = signals as [number, number, number, number];
    const payload = payloadOf(
      [ecg, 2],
      [resp, 2],
      [ir, 4],
      [red, 4],
      [temperature, 2],
      [rr, 1],
      [spo2, 1],
      [hr, 1],
      [80, 1],
      [120, 1],
      [0, 1],
    );
    const slow = [temperature * 0.01, spo2, hr, rr].map((value, i) => ({ stream: i + 1, values: [value] }));
    return {
      bytes: encodeOpenView(2, payload),
      samples: [{ stream: 0, values: signals }, ...(n % 125 === 0 ? slow : [])],
    };
  });
}

testDecoder("decoder of HealthyPi v4", {
  device: healthypi4,
  frames: healthyPi4Frames,
  checked: false,
  counted: false,
  damage: 1,
  lock: 0,
});

describe("HealthyPi 5", () => {
  it("reads the known frame of firmware 2", () => {
    const heard = hear(healthypi5, fromHex("0afa160002c01dfeffd21e00000050340300fbffffff470e614810000b"));
    expect(heard.of(0)[0]!.values).toEqual([-123456]);
    expect(heard.of(1)[0]!.values).toEqual([7890]);
    expect(heard.of(2)[0]!.values).toEqual([210000, -5]);
    expect(heard.of(3)[0]!.values[0]).toBeCloseTo(36.55, 9);
    expect([4, 5, 6].map((stream) => heard.of(stream)[0]!.values[0])).toEqual([97, 72, 16]);
    expect(heard.hellos[0]).toMatchObject({ device: "HealthyPi 5", firmware: "2" });
    expect(heard.streams.slice(0, 3).map((stream) => [stream.name, Math.round(stream.rate * 10) / 10])).toEqual([
      ["ecg", 128],
      ["respiration", 64],
      ["ppg", 71.4],
    ]);
  });

  const frame2 = (ecg: number, red: number, ir: number, skipped = 0) =>
    encodeOpenView(
      2,
      payloadOf([ecg, 4], [7, 4], [skipped, 1], [red, 4], [ir, 4], [3600, 2], [97, 1], [70, 1], [12, 1]),
    );

  it("drops repeats of the held PPG, but not those that were measured", () => {
    const held = [1, 1, 2, 3, 3, 4, 4, 5].map((red, n) => frame2(n, red, 100));
    expect(
      hear(healthypi5, Buffer.concat(held))
        .of(2)
        .map(({ values }) => values[0]),
    ).toEqual([1, 2, 3, 4, 5]);
    const flat = Array.from({ length: 1280 }, (_, n) => frame2(n, 9, 9));
    const seconds = hear(healthypi5, Buffer.concat(flat)).of(2).length / (1000 / 14);
    expect(seconds).toBeGreaterThan(9.95);
    expect(seconds).toBeLessThan(10.05);
  });

  it("leaves skipped respiration out", () => {
    const heard = hear(healthypi5, Buffer.concat([frame2(1, 1, 1), frame2(2, 2, 2, 0xff), frame2(3, 3, 3)]));
    expect(heard.of(1)).toHaveLength(2);
  });

  const ecg1 = encodeOpenView(
    3,
    payloadOf(
      ...Array.from({ length: 8 }, (_, i) => [-1000 + i, 4] as const),
      ...Array.from({ length: 4 }, (_, i) => [50 - i, 4] as const),
      [72, 1],
      [15, 1],
    ),
  );
  const ppg1 = encodeOpenView(
    4,
    payloadOf(...Array.from({ length: 8 }, (_, i) => [100 * i - 400, 2] as const), [98, 1], [14, 1], [14, 1]),
  );

  it("reads both frames of firmware 1", () => {
    const heard = hear(healthypi5, Buffer.concat([ecg1, ppg1]));
    expect(heard.hellos[0]).toMatchObject({ firmware: "1" });
    expect(heard.of(0).map(({ values }) => values[0])).toEqual([-1000, -999, -998, -997, -996, -995, -994, -993]);
    expect(heard.of(1).map(({ values }) => values[0])).toEqual([50, 49, 48, 47]);
    expect(heard.of(2).map(({ values }) => values[0])).toEqual([-400, -300, -200, -100, 0, 100, 200, 300]);
    expect([3, 4, 5].map((stream) => heard.of(stream)[0]!.values[0])).toEqual([72, 15, 98]);
    expect(heard.streams.map((stream) => stream.name)).not.toContain("temperature");
  });

  it("reads the temperature of firmware 1 as it is told to", () => {
    expect(hear(healthypi5, ppg1, { temperature: "high-byte" }).of(6)[0]!.values[0]).toBeCloseTo(35.84, 9);
    expect(hear(healthypi5, ppg1, { temperature: "u16" }).of(6)[0]!.values[0]).toBeCloseTo((14 * 257) / 100, 9);
  });

  it("does not mix the firmwares", () => {
    const heard = hear(healthypi5, Buffer.concat([ecg1, frame2(1, 1, 1), ppg1]));
    expect(heard.link).toMatchObject({ frames: 3, undescribed: 1 });
    expect(heard.of(0)).toHaveLength(8);
  });
});

testDecoder("decoder of HealthyPi 5, firmware 2", {
  device: healthypi5,
  frames: (count, random) =>
    Array.from({ length: count }, (_, n) => {
      const [ecg, bioz, red, ir] = [i22(random), i22(random), i22(random), i22(random)];
      const [temperature, spo2, hr, rr] = [
        whole(random, -500, 4000),
        whole(random, 1, 100),
        whole(random, 1, 250),
        whole(random, 1, 60),
      ];
      const payload = payloadOf(
        [ecg, 4],
        [bioz, 4],
        [0, 1],
        [red, 4],
        [ir, 4],
        [temperature, 2],
        [spo2, 1],
        [hr, 1],
        [rr, 1],
      );
      const slow = [temperature * 0.01, spo2, hr, rr].map((value, i) => ({ stream: i + 3, values: [value] }));
      const samples = [
        { stream: 0, values: [ecg] },
        { stream: 1, values: [bioz] },
        { stream: 2, values: [red, ir] },
        ...(n % 128 === 0 ? slow : []),
      ];
      return { bytes: encodeOpenView(2, payload), samples };
    }),
  checked: false,
  counted: false,
  damage: 1,
  lock: 0,
});

describe("openview", () => {
  const afe = encodeOpenView(2, payloadOf([1_000_000, 4], [-5, 4], [72, 1], [97, 1]));

  it.each([
    [{}, ["red", "ir"], "pulseRate"],
    [{ order: "red-ir" }, ["red", "ir"], "pulseRate"],
    [{ order: "ir-red" }, ["ir", "red"], "spo2"],
  ])("reads an AFE4490 with %j", (options, names, first) => {
    const heard = hear(openview, afe, options);
    expect(heard.of(0)[0]!.values).toEqual([1_000_000, -5]);
    expect(heard.streams[0]!.channels.map((channel) => channel.name)).toEqual(names);
    expect(heard.streams[1]!.name).toBe(first);
    expect(heard.of(1)[0]!.values).toEqual([72]);
  });

  it.each([
    ["max86150", payloadOf([-20000, 2], [50000, 2], [3, 2]), [[-20000, 50000, 3]], "ecg,red,ir"],
    ["max30102", payloadOf([0x8003ffff, 4], [7, 4]), [[0x8003ffff, 7]], "red,ir"],
    ["pulse-express", payloadOf([-1, 2], [2, 2]), [[-1, 2]], "ir,red"],
    ["pulse-express", payloadOf([100, 2], [200, 2], [70, 2], [98, 2], [0, 1]), [[100, 200]], "ir,red"],
    [
      "ox-n",
      payloadOf([1, 2], [2, 2], [97, 2], [70, 2], [3, 2], [4, 2], [97, 2], [71, 2]),
      [
        [1, 2],
        [3, 4],
      ],
      "ir,red",
    ],
  ])("reads %s", (board, payload, samples, names) => {
    const heard = hear(openview, encodeOpenView(2, payload), { board });
    expect(heard.of(0).map(({ values }) => values)).toEqual(samples);
    expect(heard.streams[0]!.channels.map((channel) => channel.name).join()).toBe(names);
    for (const { name, id } of heard.streams.slice(1)) {
      const expected = payload.length < 8 ? Number.NaN : name === "spo2" ? (board === "ox-n" ? 97 : 98) : 70;
      expect(heard.of(id)[0]!.values, name).toEqual([expected]);
    }
  });

  it("takes the rate that it is given, and refuses what is none", () => {
    expect(hear(openview, afe, { rate: "125" }).streams[0]!.rate).toBe(125);
    for (const rate of ["0", "-5", "fast", "1e3", "5000"])
      expect(() => openview.createDecoder({ rate })).toThrow(/Expected rate to be board, or a number from 1 to 2000/);
  });
});

for (const board of ["afe4490", "max86150"])
  testDecoder(`decoder of openview, ${board}`, {
    device: openview,
    options: { board },
    frames: (count, random) =>
      Array.from({ length: count }, (_, n) => {
        if (board === "max86150") {
          const values = [i16(random), whole(random, 0, 65535), whole(random, 0, 65535)];
          const payload = payloadOf(...values.map((value) => [value, 2] as const));
          return { bytes: encodeOpenView(2, payload), samples: [{ stream: 0, values }] };
        }
        const values = [i22(random), i22(random)];
        const [hr, spo2] = [whole(random, 30, 250), whole(random, 50, 100)];
        const payload = payloadOf([values[0]!, 4], [values[1]!, 4], [hr, 1], [spo2, 1]);
        const slow = [hr, spo2].map((value, i) => ({ stream: i + 1, values: [value] }));
        const samples = [{ stream: 0, values }, ...(n % 100 === 0 ? slow : [])];
        return { bytes: encodeOpenView(2, payload), samples };
      }),
    checked: false,
    counted: false,
    damage: 1,
    lock: 0,
  });

const signal = (stream: number, channel: number, n: number): number =>
  stream === 0 ? ((n * (7 + channel)) % 1000) - 500 : 20 + ((n * (3 + stream)) % 70) + channel;

testEmulator("emulated HealthyPi v4", { device: healthypi4, signal });
testEmulator("emulated HealthyPi 5", { device: healthypi5, signal });
for (const board of ["afe4490", "max86150", "pulse-express", "max30102", "ox-n"])
  testEmulator(`emulated ${board}`, {
    device: openview,
    options: { board },
    signal: (stream, channel, n) => Math.abs(signal(stream, channel, n)),
  });
