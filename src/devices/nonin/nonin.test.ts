import { describe, expect, it } from "vitest";
import { fromHex } from "../../../firmware-bridge/test/corpus.js";
import { Heard, type Random, seeded, testDecoder, testEmulator, type WireFrame, whole } from "../testing/index.js";
import { noninDf2, noninDf7 } from "./index.js";

function join(frames: readonly WireFrame[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(frames.map((frame) => frame.bytes)));
}

/** Independent of the emulator: written from the tables, with any flag, missing values and contents of reserved bytes. */
function frames(format: 2 | 7, count: number, random: Random): WireFrame[] {
  let rate = 0;
  let spo2 = 0;
  return Array.from({ length: count }, (_, n) => {
    const position = n % 25;
    const timer = Math.floor(n / 25) + 100;
    if (position === 0) {
      rate = random() < 0.1 ? 511 : whole(random, 18, 321);
      spo2 = random() < 0.1 ? 127 : whole(random, 1, 100);
    }
    const fixed = new Map([
      [0, rate >> 7],
      [1, rate % 128],
      [2, spo2],
      [5, (timer >> 7) % 128],
      [6, timer % 128],
    ]);
    const extra = fixed.get(position) ?? whole(random, 0, 127);
    const out = random() < 0.01;
    const status = 0x80 | (position === 0 ? 1 : 0) | (out ? 0x40 : 0) | (whole(random, 0, 31) << 1);
    const [high, low] = [whole(random, 0, 255), whole(random, 0, 255)];
    const four = format === 2 ? [1, status, low, extra] : [status, high, low, extra];
    const pleth = format === 2 ? low : high * 256 + low;
    const packet = [
      { stream: 1, values: [spo2 === 127 ? Number.NaN : spo2] },
      { stream: 2, values: [rate === 511 ? Number.NaN : rate] },
    ];
    return {
      bytes: Uint8Array.of(...four, four.reduce((a, b) => a + b) % 256),
      samples: [{ stream: 0, values: [out ? Number.NaN : pleth] }, ...(position === 24 ? packet : [])],
    };
  });
}

for (const [device, format, lock] of [
  [noninDf2, 2, 1],
  [noninDf7, 7, 2],
] as const) {
  testDecoder(`${device.id} on the wire`, {
    device,
    frames: (count, random) => frames(format, count, random),
    // Format 7 has a status bit and a sum of 8 bits: of 512 random frames right behind an intact one, one passes.
    checked: format === 2,
    counted: false, // of part of a packet; see below
    damage: 27,
    lock,
  });
  testEmulator(`emulated ${device.id}`, {
    device,
    signal: (stream, _, n) => [128 + Math.round(100 * Math.sin(n / 9)), 90 + (n % 10), 60 + (n % 200)][stream]!,
  });
  testEmulator(`emulated ${device.id}, told its format`, {
    device,
    options: { select: "yes" },
    signal: (stream, _, n) => [n % 251, 90 + (n % 10), 60 + (n % 200)][stream]!,
  });
}

describe("losses of nonin", () => {
  const sent = frames(2, 25 * 60, seeded(3));
  const clean = new Heard(noninDf2.createDecoder()).push(join(sent)).of(0);

  it.each([
    ["one frame", 1],
    ["part of a packet", 11],
    ["nearly a packet", 24],
    ["more than a packet", 30],
    ["whole packets", 75],
    ["seconds", 800],
  ])("are counted to the sample: %s", (_, lost) => {
    for (let from = 110; from < 136; from++) {
      const heard = new Heard(noninDf2.createDecoder()).push(join(sent.toSpliced(from, lost)));
      // What follows the next two whole packets has its true number again; none is delivered twice or under a false value.
      expect(heard.of(0).at(-1)).toEqual(clean.at(-1));
      expect(heard.of(0)).toHaveLength(clean.length - lost);
      const settled = heard.of(0).filter(({ n }) => n > from + lost + 75);
      expect(settled).toEqual(clean.filter(({ n }) => n > from + lost + 75));
      const numbers = heard.of(0).map(({ n }) => n);
      expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
      for (const { n, values } of heard.of(1))
        expect([values, [Number.NaN]]).toContainEqual(sent[n * 25 + 24]!.samples[1]!.values);
    }
  });

  it("are counted at their place where bytes are damaged, even when a SYNC is among them", () => {
    const wire = join(sent);
    for (let from = 200; from < 230; from++) {
      const damaged = wire.slice();
      for (const at of [from, from + 7, from + 30]) damaged[at * 5 + 2]! ^= 0x55;
      const heard = new Heard(noninDf2.createDecoder()).push(damaged);
      const lost = new Set([from, from + 7, from + 30]);
      expect(heard.of(0)).toEqual(clean.filter(({ n }) => !lost.has(n)));
    }
  });
});

describe("noise between frames of nonin", () => {
  const sent = frames(2, 25 * 10, seeded(13));
  const clean = new Heard(noninDf2.createDecoder()).push(join(sent));
  const between = (noise: number[]) =>
    new Heard(noninDf2.createDecoder()).push(
      Uint8Array.from([...join(sent.slice(0, 110)), ...noise, ...join(sent.slice(110))]),
    );

  it("is no loss, whatever its length", () => {
    for (let length = 1; length < 60; length++) expect(between(Array(length).fill(0x33)).of(0)).toEqual(clean.of(0));
  });

  it("gives no sample, though it begins with a frame that has a SYNC", () => {
    const chance = [1, 0x81, 50, 3, 0x81 + 54];
    expect(between([...chance, 1, 2, 3]).of(0)).toEqual(clean.of(0));
  });
});

describe("nonin-df2", () => {
  const known = fromHex("01816400e6" + "018065482e" + "0180666148");

  it("reads the known frames, and heart rate and SpO2 once the packet is complete", () => {
    const rest = Array.from({ length: 22 }, (_, i) => [1, 0x80, i, 0, 0x81 + i]).flat();
    const heard = new Heard(noninDf2.createDecoder()).push(known);
    expect(heard.of(0).map((sample) => sample.values[0])).toEqual([100, 101, 102]);
    expect(heard.samples).toHaveLength(3);
    heard.push(Uint8Array.from(rest));
    expect([heard.of(1)[0]!.values, heard.of(2)[0]!.values]).toEqual([[97], [72]]);
  });

  it("tells of a sensor that is off once a packet, and delivers no waveform meanwhile", () => {
    const packet = (status: number) =>
      Array.from({ length: 25 }, (_, i) => {
        const four = [1, status | (i === 0 ? 0x81 : 0x80), 50, i === 0 ? 3 : 127];
        return [...four, four.reduce((a, b) => a + b) % 256];
      }).flat();
    const heard = new Heard(noninDf2.createDecoder()).push(
      Uint8Array.from([...packet(0x46), ...packet(0x40), ...packet(0)]),
    );
    expect(heard.of(0).map(({ values }) => values[0])).toEqual([...Array(50).fill(Number.NaN), ...Array(25).fill(50)]);
    expect(heard.of(1).map(({ values }) => values[0])).toEqual([Number.NaN, Number.NaN, Number.NaN]);
    expect(heard.of(2).map(({ values }) => values[0])).toEqual([Number.NaN, Number.NaN, Number.NaN]);
    expect(heard.events.map(({ data }) => [data.sample, data.sensorDisconnected, data.perfusionRed])).toEqual([
      [0, true, true],
      [25, true, false],
      [50, false, false],
    ]);
  });

  it("reports the answer to the command that selects the format", () => {
    const { hello } = noninDf2.commands({ select: "yes" });
    expect(Buffer.from(hello!).toString("hex")).toBe("027002020203");
    const replies: unknown[] = [];
    const decoder = noninDf2.createDecoder({ select: "yes" });
    for (const bytes of [Uint8Array.of(0x15), Uint8Array.of(0x06, ...known)])
      decoder.push(bytes, (message) => message.type === "reply" && replies.push(message.data));
    expect(replies).toEqual([
      { cmd: "select", ok: false },
      { cmd: "select", ok: true },
    ]);
    expect(decoder.link).toMatchObject({ bytes: 17, frames: 3, framingErrors: 0 });
  });
});

describe("nonin-df7", () => {
  it("gives no wrong sample for any changed byte", () => {
    const wire = join(frames(7, 100, seeded(11)));
    const clean = new Heard(noninDf7.createDecoder()).push(wire);
    for (let at = 110; at < 260; at++)
      for (let change = 1; change < 256; change += at % 5 === 0 ? 7 : 31) {
        const heard = new Heard(noninDf7.createDecoder()).push(wire.with(at, wire[at]! ^ change));
        for (const stream of [0, 1, 2]) {
          const sent = new Map(clean.of(stream).map(({ n, values }) => [n, values[0]]));
          const wrong = heard.of(stream).find(({ n, values }) => !Object.is(values[0], sent.get(n)));
          expect(wrong, `byte ${at} changed by ${change}`).toBeUndefined();
          expect(heard.of(stream).length).toBeGreaterThanOrEqual(sent.size - 1);
        }
      }
  });

  it("reads the known frame with either weight of the first byte", () => {
    const first = (options: Record<string, string>) =>
      new Heard(noninDf7.createDecoder(options)).push(fromHex("8181230025")).samples[0]!.values[0];
    expect(first({})).toBe(0x8123);
    expect(first({ msb: "128" })).toBe(0x81 * 128 + 0x23);
  });

  it("does not take waveform bytes for the begin of a frame, though all sums fit", () => {
    // 80 80 00 00 00 fits its sum from either 80; only the true begin has a SYNC.
    const packets = Array.from({ length: 100 }, (_, n) =>
      n % 25 === 0 ? [0x81, 0x80, 0, 0, 1] : [0x80, 0x80, 0, 0, 0],
    );
    const wire = Uint8Array.from(packets.flat());
    const heard = new Heard(noninDf7.createDecoder()).push(wire.subarray(16));
    expect(heard.samples.filter(({ stream }) => stream === 0).length).toBeGreaterThan(50);
    for (const { values } of heard.of(0)) expect(values).toEqual([0x8000]);
  });
});
