import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SerialPort } from "serialport";
import { afterEach, describe, expect, it } from "vitest";
import { EMULATOR, TestEmulator, TestReader } from "../../../firmware-bridge/test/emulator.js";
import type { DeviceMessage } from "../types.js";
import { BioxDecoder } from "./decoder.js";
import { biox } from "./index.js";

const started: TestEmulator[] = [];

function start(args: string[], stdin?: Float64Array): TestEmulator {
  const emulator = new TestEmulator(args, stdin);
  started.push(emulator);
  return emulator;
}

afterEach(() => {
  for (const emulator of started.splice(0)) emulator.process.kill("SIGKILL");
});

/** Everything that a decoder made of a link, as numbers that are easy to compare. */
class Heard {
  readonly decoder = new BioxDecoder();
  readonly values: number[] = [];
  readonly indexes: number[] = [];
  readonly times: number[] = [];
  readonly replies: Record<string, unknown>[] = [];
  readonly nexts: (number | undefined)[] = [];
  clipped = 0;
  end: number | undefined;

  readonly take = (bytes: Uint8Array): boolean => {
    this.decoder.push(bytes, (message) => this.#note(message));
    return this.end !== undefined;
  };

  #note(message: DeviceMessage): void {
    if (message.type === "hello") this.nexts.push(message.streams[0]!.next);
    else if (message.type === "reply") this.replies.push(message.data);
    else if (message.type === "end") this.end = message.streams[0]!.samples;
    else if (message.type === "samples") {
      const { block } = message;
      this.values.push(...block.values);
      this.times.push(block.timeUs);
      if (block.clipped) this.clipped++;
      for (let i = 0; i < block.count; i++) this.indexes.push(block.index + i);
    }
  }
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}

describe("biox-emulator over a terminal", () => {
  it.each([
    ["i16", 32767],
    ["i24", 8388607],
    ["i32", 2147483647],
    ["f32", 1e30],
  ])("carries %s samples of stdin unchanged through C encoder and decoder here", async (format, high) => {
    // Two channels of random values; multiples of 1/8 are exact in each format at scale 1/8.
    const raw = Array.from({ length: 2000 }, (_, i) => Math.floor(((Math.sin(i * 12.9898) * 43758.5453) % 1) * high));
    const values = raw.map((value) => (format === "f32" ? Math.fround(value) : value) / 8);
    const args = ["--stdin", "--channels", "a,b", "--scale", "0.125", "--format", format, "--rate", "250"];
    const emulator = start([...args, "--speed", "1000", "--frame", "7"], Float64Array.from(values));
    const reader = await TestReader.open(await emulator.path);
    const heard = new Heard();
    await reader.read(heard.take);
    await reader.close();
    expect(heard.values).toEqual(values);
    expect(heard.indexes).toEqual(range(0, 1000));
    expect(heard.times).toEqual(Array.from({ length: 143 }, (_, i) => i * 28_000));
    expect(heard).toMatchObject({ clipped: 0, end: 1000 });
    expect(heard.decoder.link).toMatchObject({ crcErrors: 0, framingErrors: 0, undescribed: 0, frames: 143 + 2 });
    expect(await emulator.sent).toMatchObject({ frames: 143, samples: 1000, lostSamples: 0, unread: 0 });
  });

  it("marks values that its format cannot hold", async () => {
    const emulator = start(["--stdin", "--speed", "100"], Float64Array.of(1, 40_000, -40_000, Number.NaN, 1e300));
    const reader = await TestReader.open(await emulator.path);
    const heard = new Heard();
    await reader.read(heard.take);
    await reader.close();
    expect(heard.values).toEqual([1, 32767, -32768, -32768, 32767]);
    expect(heard.clipped).toBe(2);
  });

  it("loses nothing at 20 times real time", async () => {
    const emulator = start(["--duration", "40", "--speed", "20", "--channels", "ppg1,ecg1"]);
    const reader = await TestReader.open(await emulator.path);
    const heard = new Heard();
    const begin = performance.now();
    await reader.read(heard.take);
    const seconds = (performance.now() - begin) / 1000;
    await reader.close();
    expect(heard.indexes).toEqual(range(0, 4000));
    expect(await emulator.sent).toMatchObject({ frames: 1000, samples: 4000, lostSamples: 0 });
    // 40 s / 20, after the half second in which it waits for a command; far from 40 s, however slow the machine is.
    expect(seconds).toBeGreaterThan(2);
    expect(seconds).toBeLessThan(40);
  });

  it("loses exactly the samples that it says it has lost", async () => {
    const faults = ["--corrupt", "0.05", "--drop", "0.05", "--seed", "7"];
    const emulator = start(["--duration", "200", "--speed", "500", "--frame", "5", ...faults]);
    const reader = await TestReader.open(await emulator.path);
    const heard = new Heard();
    await reader.read(heard.take);
    await reader.close();
    const sent = await emulator.sent;
    expect(heard.end).toBe(20_000);
    expect(sent).toMatchObject({ frames: 4000, samples: 20_000 });
    expect(sent.corrupted).toBeGreaterThan(100);
    expect(sent.dropped).toBeGreaterThan(100);
    expect(sent.lostSamples).toBe(5 * (sent.corrupted + sent.dropped));
    expect(20_000 - heard.indexes.length).toBe(sent.lostSamples);
    expect(heard.indexes).toEqual([...new Set(heard.indexes)].sort((a, b) => a - b));
    const { crcErrors, framingErrors } = heard.decoder.link;
    expect(crcErrors + framingErrors).toBeGreaterThanOrEqual(sent.corrupted);
  });

  // On a busy machine an answer may come after the half second for those who only listen; once in a few times it comes before.
  it("answers a command at once", { retry: 5 }, async () => {
    const emulator = start(["--rate", "200", "--speed", "10"]);
    const reader = await TestReader.open(await emulator.path);
    const heard = new Heard();
    const begin = performance.now();
    await reader.write(biox.commands().hello!);
    await reader.read((bytes) => heard.take(bytes) || heard.indexes.length > 0);
    expect(performance.now() - begin).toBeLessThan(450);
    await reader.close();
  });

  it("answers commands through serialport, and stops and starts on them", async () => {
    const emulator = start(["--rate", "200", "--speed", "10"]);
    const port = new SerialPort({ path: await emulator.path, baudRate: 115200 });
    const heard = new Heard();
    port.on("data", heard.take);
    await new Promise((resolve) => port.once("open", resolve));
    const until = async (test: () => boolean) => {
      while (!test()) await new Promise((resolve) => setTimeout(resolve, 5));
    };
    port.write(biox.commands().hello!);
    await until(() => heard.indexes.length >= 100);
    port.write(biox.commands().stop!);
    await until(() => heard.replies.length === 2);
    const stopped = heard.indexes.length;
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(heard.indexes.length - stopped).toBeLessThan(20); // what was on its way; 100 ms would bring 200
    port.write(biox.commands().start!);
    await until(() => heard.indexes.length > stopped + 100);
    expect(heard.replies).toEqual([
      { cmd: "hello", ok: true, seq: 1 },
      { cmd: "stop", ok: true, seq: 3 },
      { cmd: "start", ok: true, seq: 2 },
    ]);
    expect(heard.nexts).toEqual([0]);
    expect(heard.indexes).toEqual(range(0, heard.indexes.length));
    // Sampling stood still; the device clock did not: 100 ms at ten times real time.
    expect(heard.times.at(-1)! / 1e6).toBeGreaterThan(heard.indexes.length / 200 + 0.9);
    await new Promise((resolve) => port.close(resolve));
    emulator.process.kill("SIGTERM");
    expect((await emulator.sent).samples).toBeGreaterThanOrEqual(heard.indexes.length);
  });

  it("goes on behind a closed terminal as a wearable does, or waits for the next reader", async () => {
    for (const mode of ["run", "pause"]) {
      const emulator = start(["--speed", "20", "--on-close", mode]);
      const path = await emulator.path;
      const first = new Heard();
      const reader = await TestReader.open(path);
      await reader.read((bytes) => first.take(bytes) || first.indexes.length >= 200);
      await reader.close();
      await new Promise((resolve) => setTimeout(resolve, 1500));
      const second = new Heard();
      const again = await TestReader.open(path);
      await again.read((bytes) => second.take(bytes) || second.indexes.length >= 200);
      await again.close();
      const gap = second.indexes[0]! - first.indexes.at(-1)! - 1;
      expect(second.nexts[0]).toBe(second.indexes[0]);
      expect(second.indexes).toEqual(range(second.indexes[0]!, second.indexes.at(-1)! + 1));
      // 1.5 s closed and 0.5 s of greeting at 2000 samples a second, or what the kernel held when the reader left.
      if (mode === "run") expect(gap).toBeGreaterThan(3000);
      else expect(gap).toBeLessThan(2500);
      emulator.process.kill("SIGTERM");
      const { unread } = await emulator.sent;
      if (mode === "run") expect(unread).toBeGreaterThan(3000);
      else expect(unread).toBe(0);
    }
  });

  it("links the terminal to a path and removes the link", async () => {
    const link = join(mkdtempSync(join(tmpdir(), "biox-")), "wearable");
    const emulator = start(["--link", link]);
    const path = await emulator.path;
    expect(readlinkSync(link)).toBe(path);
    emulator.process.kill("SIGINT");
    expect(await emulator.sent).toMatchObject({ frames: 0, samples: 0 });
    expect(existsSync(link)).toBe(false);
  });

  it("ends when the process that started it is gone", async () => {
    const link = join(mkdtempSync(join(tmpdir(), "biox-")), "wearable");
    const script = `"$0" --link "$1" > /dev/null & until test -e "$1"; do sleep 0.05; done`;
    expect(spawnSync("sh", ["-c", script, EMULATOR, link]).status).toBe(0);
    await expect.poll(() => existsSync(link), { timeout: 30_000 }).toBe(false);
  });

  it.each([
    [["--hr", "900"], "Expected --hr to be a number from 30 to 220, but received '900'."],
    [["--corrupt", "x"], "Expected --corrupt to be a number from 0 to 1, but received 'x'."],
    [["--frame", "255", "--format", "i32", "--channels", "a,b"], "Expected --frame to be at most 126 for this format"],
    [["--csv-out"], "Expected --duration S with --csv-out."],
    [["--link", "/no/such/folder/tty"], "Cannot make the link '/no/such/folder/tty': No such file or directory."],
  ])("says what is wrong with %j", (args, sentence) => {
    const { status, stderr } = spawnSync(EMULATOR, args, { encoding: "utf8" });
    expect(status).toBe(1);
    expect(stderr).toContain(sentence);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });

  it("refuses samples that end in the middle of one", async () => {
    const emulator = new TestEmulator(["--stdin", "--channels", "a,b"], Float64Array.of(1, 2, 3));
    const reader = await TestReader.open(await emulator.path);
    await reader.read(new Heard().take);
    await reader.close();
    await expect(emulator.sent).rejects.toThrow("status 1");
  });

  it("writes paired signals whose beats are the true heart rate", () => {
    const args = ["--csv-out", "--hr", "90", "--duration", "120", "--rate", "250", "--noise", "0", "--seed", "3"];
    const csv = spawnSync(EMULATOR, args, { encoding: "utf8" }).stdout;
    expect(spawnSync(EMULATOR, args, { encoding: "utf8" }).stdout).toBe(csv); // a seed repeats a run
    const [head, ...lines] = csv.trim().split("\n");
    expect(head).toBe("time_s,ppg,ecg,hr_bpm");
    const rows = lines.map((line) => line.split(",").map(Number) as [number, number, number, number]);
    expect(rows).toHaveLength(30_000);
    const beats = (column: 1 | 2, level: number) =>
      rows.filter((row, i) => i > 0 && row[column] >= level && rows[i - 1]![column] < level).length;
    expect(beats(2, 0.6)).toBeGreaterThanOrEqual(178); // R waves: 90 a minute for two minutes
    expect(beats(2, 0.6)).toBeLessThanOrEqual(182);
    const mean = rows.reduce((sum, row) => sum + row[3], 0) / rows.length;
    expect(mean).toBeCloseTo(90, 0);
  });
});
