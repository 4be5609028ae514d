import { describe, expect, it } from "vitest";
import { Heard, type Random, testDecoder, testEmulator, type WireFrame, whole } from "../testing/index.js";
import type { DeviceOptions } from "../types.js";
import { ascii } from "./index.js";

function hear(text: string, options?: DeviceOptions): Heard {
  return new Heard(ascii.createDecoder(options)).push(Buffer.from(text));
}

/** Channels of each stream. */
function channels(heard: Heard): Record<string, string[]> {
  return Object.fromEntries(heard.streams.map(({ name, channels: all }) => [name, all.map((one) => one.name)]));
}

function values(heard: Heard, stream = 0): number[][] {
  return heard.of(stream).map((sample) => sample.values);
}

function lines(count: number, line: (n: number) => string): string {
  return Array.from({ length: count }, (_, n) => `${line(n)}\r\n`).join("");
}

const wave = (n: number): number => 512 + Math.round(200 * Math.sin(n / 5));

function pairs(count: number, random: Random): WireFrame[] {
  return Array.from({ length: count }, () => {
    const [red, ir, rate] = [whole(random, 1e4, 262143), whole(random, 1e4, 262143), whole(random, 30, 250)];
    const [valid, spo2] = [whole(random, 0, 1), whole(random, 1, 100)];
    return {
      bytes: Buffer.from(`red=${red}, ir=${ir}, HR=${rate}, HRvalid=${valid}, SPO2=${spo2}, SPO2Valid=1\r\n`),
      samples: [
        { stream: 0, values: [red, ir] },
        { stream: 1, values: [valid ? rate : Number.NaN] },
        { stream: 2, values: [spo2] },
      ],
    };
  });
}

function psws(count: number, random: Random): WireFrame[] {
  return Array.from({ length: count }, (_, n) => {
    const [signal, rate] = [whole(random, 0, 65535), whole(random, 1, 240)];
    return {
      bytes: Buffer.from(`PSWS,1,LIVE,${n + 10},${n * 20 + 5000},${signal},${rate},800,0,90,READING\n`),
      samples: [
        { stream: 0, values: [signal] },
        { stream: 1, values: [rate] },
      ],
    };
  });
}

testDecoder("lines of name=value", {
  device: ascii,
  frames: pairs,
  checked: false,
  counted: false,
  damage: 3,
  lock: 2,
});
// 26 lines: half a second of time.
testDecoder("PSWS lines", { device: ascii, frames: psws, checked: false, counted: true, damage: 3, lock: 26 });

testEmulator("emulated sketch", { device: ascii, signal: (_, __, n) => wave(n) });
testEmulator("emulated sketch with columns", {
  device: ascii,
  options: { columns: "us,red,-,ir,bpm,spo2", rate: "100" },
  signal: (stream, channel, n) => [wave(n) + channel * 1000, 40 + (n % 200), 1 + (n % 100)][stream]!,
});

describe("forms that sketches print", () => {
  it.each<[string, (n: number) => string, Record<string, string[]>, number[]]>([
    [
      "MAX30105 basic readings",
      (n) => ` R[${n}] IR[${n + 1}] G[${n + 2}]`,
      { signal: ["red", "ir", "green"] },
      [7, 8, 9],
    ],
    [
      "MAX30105 rate",
      (n) => ` R[${n}] IR[${n + 1}] G[${n + 2}] Hz[24.9]`,
      { signal: ["red", "ir", "green"] },
      [7, 8, 9],
    ],
    ["Serial Plotter labels", (n) => `ecg:${n}\tresp:-${n}.5`, { signal: ["ecg", "respiration"] }, [7, -7.5]],
    ["JSON", (n) => `{"signal":${n},"quality":80,"state":"OK"}`, { signal: ["ppg"] }, [7]],
    ["a label before a blank", (n) => `signal ${n}`, { signal: ["ppg"] }, [7]],
    ["exponents and signs", (n) => `ax=+${n}e1, ay=-.5, az=1.`, { signal: ["accX", "accY", "accZ"] }, [70, -0.5, 1]],
    ["names of one's own, one twice", (n) => `foo=${n};foo=${n}`, { signal: ["foo", "foo2"] }, [7, 7]],
  ])("%s", (_, line, names, seventh) => {
    const heard = hear(lines(20, line));
    expect(channels(heard)).toEqual(names);
    expect(values(heard)).toHaveLength(20);
    expect(values(heard)[7]).toEqual(seventh);
    expect(heard.link).toMatchObject({ frames: 20, undescribed: 0, framingErrors: 0 });
  });

  it("MAX30105 heart rate: beats per minute in streams of their own, and a remark", () => {
    const heard = hear(
      lines(9, (n) => `IR=${n < 5 ? 100_000 : 900}, BPM=${n}.50, Avg BPM=${n}${n < 5 ? "" : " No finger?"}`),
    );
    expect(channels(heard)).toEqual({ signal: ["ir"], pulseRate: ["pulseRate"], pulseRateMean: ["pulseRateMean"] });
    expect(values(heard, 1)).toEqual([0, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5, 8.5].map((x) => [x || Number.NaN]));
    expect(values(heard, 2)[3]).toEqual([3]);
  });

  it("PulseSensor's plotter form, without names: bpm,ibi,signal", () => {
    const heard = hear(`banner\r\n${lines(60, (n) => `${n < 20 ? 0 : 72},${n < 20 ? 750 : 833},${wave(n)}`)}`);
    expect(channels(heard)).toEqual({ signal: ["ppg"], pulseRate: ["pulseRate"] });
    expect(values(heard)).toEqual(Array.from({ length: 60 }, (_, n) => [wave(n)]));
    expect(values(heard, 1).map(([bpm]) => bpm)).toEqual(
      Array.from({ length: 60 }, (_, n) => (n < 20 ? Number.NaN : 72)),
    );
    expect(heard.events).toEqual([
      { name: "beat", data: { sample: 0, intervalMs: 750 } },
      { name: "beat", data: { sample: 20, intervalMs: 833 } },
    ]);
  });

  it("does not take three numbers of an accelerometer for PulseSensor's", () => {
    const heard = hear(`\n${lines(40, (n) => `${wave(n)},${wave(n + 9)},${wave(n + 20)}`)}`);
    expect(channels(heard)).toEqual({ signal: ["ch1", "ch2", "ch3"] });
    expect(channels(hear(`\n${lines(40, (n) => `0.01\t-0.02\t${(n % 9) / 10}`)}`))).toEqual({
      signal: ["ch1", "ch2", "ch3"],
    });
  });

  it("PulseSensor's coach form: signal,bpm,ibi,beat", () => {
    const heard = hear(`x\n${lines(40, (n) => `${wave(n)},75,800,${Number(n % 40 === 30)}`)}`);
    expect(channels(heard)).toEqual({ signal: ["ppg"], pulseRate: ["pulseRate"] });
    expect(heard.events).toEqual([{ name: "beat", data: { sample: 30, intervalMs: 800 } }]);
  });

  it("PulseSensor's Processing form, of one sensor and of two", () => {
    const one = hear(lines(40, (n) => (n % 20 === 10 ? `B${60 + n}\r\nQ${800 + n}\r\nS${wave(n)}` : `S${wave(n)}`)));
    expect(channels(one)).toEqual({ signal: ["ppg"], pulseRate: ["pulseRate"] });
    expect(values(one)).toEqual(Array.from({ length: 40 }, (_, n) => [wave(n)]));
    expect(values(one, 1)[9]).toEqual([Number.NaN]);
    expect(values(one, 1)[10]).toEqual([70]);
    expect(one.events.map(({ data }) => data.intervalMs)).toEqual([810, 830]);
    const two = hear(lines(40, (n) => `a${wave(n)}\r\nb${n}${n === 20 ? "\r\nB61\r\nN900" : ""}`));
    expect(channels(two)).toEqual({ signal: ["ppg", "ppg2"], pulseRate: ["pulseRate"], pulseRate2: ["pulseRate2"] });
    expect(values(two)).toEqual(Array.from({ length: 40 }, (_, n) => [wave(n), n]));
    expect(values(two, 2)[21]).toEqual([61]);
  });

  it("PSWS versions 1 and 2, with the state as an event", () => {
    const v2 = (n: number) =>
      `PSWS,2,SIM,${n},${n * 20},${wave(n)},72,833,0,88,${n < 30 ? "SETTLING" : "READING"},512,300,700,-1,0,1,1`;
    const heard = hear(lines(60, v2));
    expect(channels(heard)).toEqual({ signal: ["ppg"], pulseRate: ["pulseRate"] });
    expect(heard.streams[0]).toMatchObject({ rate: 50, clock: "device" });
    expect(heard.of(0)[40]).toMatchObject({ n: 40, timeUs: 800_000, values: [wave(40)] });
    expect(heard.events).toEqual([
      { name: "state", data: { sample: 0, state: "SIM SETTLING" } },
      { name: "state", data: { sample: 30, state: "SIM READING" } },
    ]);
    expect(hear(lines(60, (n) => v2(n).slice(0, -2))).hellos).toEqual([]);
  });

  it("one number a line", () => {
    const heard = hear(`\r\n${lines(30, (n) => `${n - 3}`)}`);
    expect(channels(heard)).toEqual({ signal: ["ch1"] });
    expect(values(heard)).toEqual(Array.from({ length: 30 }, (_, n) => [n - 3]));
  });

  it("CSV with a header, whose names it knows or takes over", () => {
    const heard = hear(
      `ready\nTime (ms);Red;My Own;SpO2\n${lines(100, (n) => `${n * 8};${n};${-n};${n === 3 ? "" : 97}`)}`,
    );
    expect(channels(heard)).toEqual({ signal: ["red", "My Own"], spo2: ["spo2"] });
    expect(heard.streams[0]).toMatchObject({ rate: 125, clock: "device" });
    expect(values(heard, 1).slice(2, 5)).toEqual([[97], [Number.NaN], [97]]);
  });
});

describe("first lines", () => {
  it("are left out where they are a greeting, or numbers whose begin may be missing", () => {
    const banner =
      "ets Jun  8 2016\r\nrst:0x1 (POWERON_RESET)\r\nload:0x3fff0030,len:1344\r\nload:0x40078000,len:13964\r\n";
    const heard = hear(`${banner}MAX30105 Initializing...\n${lines(20, (n) => `red=${n}, ir=5`)}`);
    expect(values(heard)).toHaveLength(20);
    expect(heard.link).toMatchObject({ undescribed: 0, framingErrors: 5 });
    const cut = hear(`23,400\n${lines(20, (n) => `1${n},2${n}`)}`);
    expect(values(cut)[0]).toEqual([10, 20]);
    expect(cut.link.framingErrors).toBe(1);
  });

  it("may be the second half of a line with names", () => {
    expect(values(hear(`R[99] G[3]\n${lines(9, (n) => ` R[${n}] IR[5] G[6]`)}`))[0]).toEqual([0, 5, 6]);
    expect(channels(hear(`R[99]\n${lines(9, (n) => `IR[${n}]`)}`))).toEqual({ signal: ["ir"] });
  });

  it("are told apart from noise", () => {
    const noise = Buffer.from(Array.from({ length: 3000 }, (_, i) => (i * 7919) % 256)).toString("latin1");
    const heard = new Heard(ascii.createDecoder()).push(Buffer.from(noise, "latin1"));
    expect(heard.hellos).toEqual([]);
    heard.push(Buffer.from(`\n${lines(9, (n) => `ppg:${n}`)}`));
    expect(values(heard)).toHaveLength(9);
  });
});

describe("losses and damage", () => {
  it("are counted by a column that counts, to the sample", () => {
    const text = lines(100, (n) => (n > 49 && n < 57 ? "" : `seq=${n * 1},ppg=${wave(n)}`));
    const heard = hear(text);
    expect(heard.of(0).map(({ n }) => n)).toEqual(
      Array.from({ length: 100 }, (_, n) => n).filter((n) => n < 50 || n > 56),
    );
    expect(values(heard)[50]).toEqual([wave(57)]);
  });

  it("are counted by times, which may jitter", () => {
    const jitter = (n: number) => n * 20 + ((n * 13) % 11) - 5;
    const heard = hear(lines(500, (n) => (n % 100 > 95 ? "" : `t=${jitter(n)},ppg=${n}`)));
    expect(heard.streams[0]).toMatchObject({ rate: 50, clock: "device" });
    for (const {
      n,
      values: [value],
    } of heard.of(0))
      expect(n).toBe(value);
    expect(heard.of(0)).toHaveLength(480);
  });

  it("survive a clock that is a little off its rate, and one that wraps", () => {
    const heard = hear(
      lines(5000, (n) => `us=${(2 ** 32 - 1e6 + Math.round(n * 10_090)) % 2 ** 32},ppg=${n}`),
      { rate: "100" },
    );
    for (const {
      n,
      values: [value],
    } of heard.of(0))
      expect(n).toBe(value);
    expect(heard.of(0)).toHaveLength(5000);
  });

  it("of a line that cannot be read count one", () => {
    const bad = new Map([
      [20, "red=2\u00820, ir=1"],
      [30, "red=3x0, ir=1"],
      [40, "ed=40, ir=1"],
    ]);
    const heard = new Heard(ascii.createDecoder());
    heard.push(
      Buffer.from(
        lines(60, (n) => bad.get(n) ?? `red=${n}, ir=1`),
        "latin1",
      ),
    );
    for (const {
      n,
      values: [red],
    } of heard.of(0))
      expect(n).toBe(red);
    expect(heard.of(0)).toHaveLength(57);
    expect(heard.link).toMatchObject({ framingErrors: 3, undescribed: 0, resyncs: 3 });
  });

  it("do not come from remarks between the lines", () => {
    const heard = hear(lines(60, (n) => `ppg:${n}${n % 10 === 9 ? "\r\nbattery: 87\r\nstill here" : ""}`));
    for (const {
      n,
      values: [ppg],
    } of heard.of(0))
      expect(n).toBe(ppg);
    expect(heard.link).toMatchObject({ undescribed: 6, framingErrors: 6 });
  });

  it("a damaged digit of a counter or time costs its line, and is no restart", () => {
    for (const [name, step] of [
      ["seq", 1],
      ["ms", 20],
    ] as const)
      for (const wrong of ["9999", "0", "25000000"]) {
        const heard = hear(lines(100, (n) => `${name}=${n === 60 ? wrong : n * step},ppg=${n}`));
        for (const {
          n,
          values: [ppg],
        } of heard.of(0))
          expect(n).toBe(ppg);
        expect(heard.of(0)).toHaveLength(99);
        expect(heard.link.framingErrors).toBe(1);
      }
  });

  it("a counter that begins anew is a restart", () => {
    const decoder = ascii.createDecoder();
    const restarts: number[] = [];
    const text = lines(100, (n) => `seq=${n % 70},ms=${(n % 70) * 10},ppg=${n}`);
    decoder.push(Buffer.from(text), (message) => {
      if (message.type === "samples" && message.block.restarted)
        restarts.push(message.block.values[0]!, message.block.index);
    });
    expect(restarts).toEqual([70, 0]);
  });

  it("lines without an end are dropped and counted once", () => {
    const heard = hear(`${lines(5, (n) => `ppg:${n}`)}${"1".repeat(100_000)}\n${lines(5, (n) => `ppg:${n}`)}`);
    expect(heard.of(0)).toHaveLength(10);
    expect(heard.link.oversize).toBe(1);
  });
});

describe("options", () => {
  it("name the columns, and tell the rate and the delimiter", () => {
    const heard = hear(`\n${lines(20, (n) => `1,5 ${n} 9`)}`, {
      columns: "-,ecg,mine",
      rate: "12.5",
      delimiter: "space",
    });
    expect(heard.hellos).toEqual([]);
    const read = hear(`\n${lines(20, (n) => `1 ${n} 9`)}`, { columns: "-,ecg,mine", rate: "12.5", delimiter: "space" });
    expect(read.streams).toMatchObject([{ name: "signal", rate: 12.5, clock: "count" }]);
    expect(channels(read)).toEqual({ signal: ["ecg", "mine"] });
    expect(read.of(0)[3]).toMatchObject({ n: 3, timeUs: 240_000, values: [3, 9] });
  });

  it("refuse what cannot be", () => {
    for (const options of [
      { rate: "0" },
      { rate: "5000" },
      { rate: "1e3" },
      { columns: "" },
      { columns: "-,-" },
      { columns: "time" },
      { columns: "a b" },
    ])
      expect(() => ascii.createDecoder(options)).toThrow(expect.objectContaining({ code: "INVALID_ARGUMENT" }));
  });

  it("rates are measured to the usual one from ms and us", () => {
    const rate = (line: (n: number) => string) => hear(lines(400, line)).streams[0]?.rate;
    for (const hz of [10, 25, 50, 62.5, 100, 125, 128, 200, 250, 500]) {
      expect(
        rate((n) => `ms=${Math.floor((n * 1000) / hz)},ppg=${n}`),
        `${hz} Hz in ms`,
      ).toBe(hz);
      expect(
        rate((n) => `timestamp=${Math.floor((n * 1e6) / hz)},ppg=${n}`),
        `${hz} Hz in us`,
      ).toBe(hz);
      expect(
        rate((n) => `time=${(n / hz).toFixed(4)},ppg=${n}`),
        `${hz} Hz in s`,
      ).toBe(hz);
    }
    expect(rate((n) => `ms=${n * 23},ppg=${n}`)).toBe(43.48);
  });
});
