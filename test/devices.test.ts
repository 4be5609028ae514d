/** Every kind of device over a terminal: emulated, opened as a serial port, decoded by the same code as a real one. */

import { randomBytes } from "node:crypto";
import { mkdtempSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DEVICES, findDevice, openSource, startWearable } from "biox-edge";
import { afterAll, describe, expect, it } from "vitest";
import { Biox, biox, type Line } from "./support/biox.js";
import { FakeDevice, SOCAT } from "./support/fake-device.js";
import { until } from "./support/wait.js";

const folder = mkdtempSync(join(tmpdir(), "biox-devices-"));
afterAll(() => rmSync(folder, { recursive: true }));

const emulated = DEVICES.filter((device) => device.createEmulator);

// Most of their time these tests wait for a device, so several run at once.
describe.concurrent.each(emulated.map((device) => device.id))("%s", (id) => {
  it("is opened, started, read without a loss, and stopped", async ({ onTestFinished }) => {
    const begin = performance.now();
    const emulator = await startWearable(findDevice(id), { hr: 80 });
    onTestFinished(() => emulator.stop());
    const source = await openSource(`serial:${emulator.path}?device=${id}`);
    onTestFinished(() => source.close());
    const counted = new Map(source.streams.map((stream) => [stream.name, 0]));
    source.on("samples", ({ stream, count }) => counted.set(stream, counted.get(stream)! + count));
    const secondsOf = () => source.streams.map(({ name, rate }) => (counted.get(name)! + 2) / rate);
    await until(() => Math.min(...secondsOf()) >= 2, "two seconds of each stream");
    const seconds = (performance.now() - begin) / 1000;
    const [least, most] = [Math.min(...secondsOf()), Math.max(...secondsOf())];
    expect(source.link).toMatchObject({ crcErrors: 0, undescribed: 0, oversize: 0, state: "open" });
    expect(source.stats.lost).toBe(0);
    // No stream can have taken more than there was time for, and all have taken as much.
    const slowest = Math.min(...source.streams.map(({ rate }) => rate));
    expect(most).toBeLessThan(seconds + 4 / slowest);
    expect(most - least).toBeLessThan(1 + 4 / slowest);
  });
});

describe.concurrent("biox devices probe", () => {
  const probe = async (port: string, ...flags: string[]) =>
    biox(["devices", "probe", port, "--seconds", "1", "--json", ...flags]);

  it.each(["biox", ...emulated.map((device) => device.id)])("knows %s by its bytes", async (id) => {
    const emulate = new Biox(["emulate", "--device", id]);
    const { path } = await emulate.line((line) => line.type === "tty");
    const { code, lines } = await probe(path);
    await emulate.stop();
    expect(code).toBe(0);
    const [best] = lines[0].findings;
    // With and without a Daisy the frames are the same.
    expect(best).toMatchObject({ device: id === "cyton-daisy" ? "cyton" : id, baud: findDevice(id).serial.baud });
    expect(best.confidence).toBeGreaterThan(0.8);
    const fastest = best.streams.toSorted((a: Line, b: Line) => b.nominal - a.nominal)[0];
    // In a second of which a busy machine may be held up for a part.
    expect(fastest.measured / fastest.nominal).toBeGreaterThan(0.3);
    expect(fastest.measured / fastest.nominal).toBeLessThan(3);
  });

  it("tells boards of one frame apart by what is in it", async () => {
    const emulate = new Biox(["emulate", "--device", "openview", "--option", "board=max86150"]);
    const { path } = await emulate.line((line) => line.type === "tty");
    const { lines } = await probe(path);
    await emulate.stop();
    expect(lines[0].findings[0]).toMatchObject({ device: "openview", options: { board: "max86150" } });
  });

  it.runIf(SOCAT)("says that nothing was heard, or that it is no device", async () => {
    const silent = await FakeDevice.plugIn(folder, "silent");
    expect(await probe(silent.path, "--passive")).toMatchObject({ code: 1, lines: [{ findings: [], bytes: 0 }] });
    const said = await biox(["devices", "probe", silent.path, "--seconds", "0.2", "--passive"]);
    expect(said.stderr).toMatch(/^biox: Nothing was heard from .*\n {6}Check the cable/);
    const timer = setInterval(() => silent.send(randomBytes(100)), 20);
    const noise = await biox(["devices", "probe", silent.path, "--seconds", "0.5", "--passive"]);
    clearInterval(timer);
    expect(noise).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/\d+ bytes came from .*, but no known device/),
    });
    await silent.unplug();
  });

  it("says of a port that is none what is wrong", async () => {
    const { code, stderr } = await biox(["devices", "probe", join(folder, "none")]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^biox: Serial port .* does not exist\./);
  });
});

describe("biox devices", () => {
  it("lists ports and devices, and shows one", async () => {
    const { code, lines } = await biox(["devices", "--json"]);
    expect(code).toBe(0);
    expect(lines[0].devices.map((device: Line) => device.id)).toEqual(DEVICES.map((device) => device.id));
    const { stdout } = await biox(["devices", "show", "openview"]);
    expect(stdout).toMatch(/57600 baud[\s\S]*board = afe4490 \| max86150.*\(default afe4490\)/);
    expect(await biox(["devices", "show", "boix"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("'boix'"),
    });
  });
});

describe("biox emulate", () => {
  it("plays another device behind a terminal and gives an account", async () => {
    const link = join(folder, "healthypi");
    const emulate = new Biox(["emulate", "--device", "healthypi4", "--hr", "66", "--duration", "3", "--link", link]);
    const { path } = await emulate.line((line) => line.type === "tty");
    expect(readlinkSync(link)).toBe(path);
    const out = join(folder, "healthypi.bioxrec");
    const record = await biox([
      "record",
      "--from",
      `serial:${link}?device=healthypi4`,
      "--out",
      out,
      "--duration",
      "2",
    ]);
    expect(record.code).toBe(0);
    const { code, lines } = await emulate.finished;
    expect(code).toBe(0);
    expect(lines.at(-1)).toMatchObject({ type: "sent", corrupted: 0, dropped: 0, lostSamples: 0 });
    const decoded = await biox(["decode", "--in", out]);
    const ecg = decoded.lines.filter((line) => line.stream === "signals").map((line) => line.values.ecg);
    expect(Math.max(...ecg)).toBeGreaterThan(1800); // R waves
    expect(decoded.lines.find((line) => line.stream === "pulseRate").values).toEqual({ pulseRate: 66 });
  });

  it("plays a column to its last row, and nothing of it is lost", async () => {
    const rows = Array.from({ length: 600 }, (_, i) => Math.round(500 * Math.sin(i / 9)));
    const csv = join(folder, "column.csv");
    writeFileSync(csv, `ppg,other\n${rows.map((value) => `${value},1`).join("\n")}\n`);
    const args = ["emulate", "--device", "openview", "--option", "board=max30102", "--csv", csv, "--channel", "ppg"];
    const emulate = new Biox([...args, "--rate", "100", "--speed", "4"]);
    const { path } = await emulate.line((line) => line.type === "tty");
    const out = join(folder, "column-read.bioxrec");
    await biox(["record", "--from", `serial:${path}?device=openview&board=max30102`, "--out", out, "--duration", "4"]);
    const decoded = await biox(["decode", "--in", out]);
    // The board counts unsigned.
    expect(decoded.lines.map((line) => line.values.red)).toEqual(rows.map((value) => value >>> 0));
    expect((await emulate.finished).lines.at(-1)).toMatchObject({ type: "sent", frames: 600, samples: 600, unread: 0 });
  });

  it("damages and leaves out the share of frames that it is told to", async () => {
    const args = ["emulate", "--device", "openview", "--duration", "20", "--speed", "8", "--seed", "5"];
    const emulate = new Biox([...args, "--drop", "0.1", "--corrupt", "0.1"]);
    const { path } = await emulate.line((line) => line.type === "tty");
    const out = join(folder, "faults.bioxrec");
    await biox(["record", "--from", `serial:${path}?device=openview`, "--out", out, "--duration", "4"]);
    const sent = (await emulate.finished).lines.at(-1);
    expect(sent.frames).toBe(2000);
    expect(sent.dropped).toBeGreaterThan(130);
    expect(sent.corrupted).toBeGreaterThan(130);
    expect(sent.lostSamples).toBeGreaterThanOrEqual(sent.dropped);
    const { stderr } = await biox(["decode", "--in", out]);
    const link = JSON.parse(stderr);
    expect(link.frames).toBeLessThanOrEqual(2000 - sent.dropped);
    expect(link.frames).toBeGreaterThanOrEqual(2000 - sent.dropped - sent.corrupted);
    expect(link.framingErrors).toBeGreaterThan(20);
  });

  it.each([
    [["--device", "healthypi4", "--motion", "0.5"], "--motion is not for device healthypi4."],
    [["--device", "healthypi4", "--frame", "5"], "--frame is not for device healthypi4."],
    [["--device", "healthypi4", "--rate", "50"], "--rate is not for device healthypi4."],
    [["--device", "healthypi4", "--option", "board=x"], "Device healthypi4 has no option 'board'."],
    [["--device", "biox", "--option", "board=x"], "Device biox has no option 'board'."],
  ])("refuses %j", async (args, text) => {
    const { code, stderr } = await biox(["emulate", ...args]);
    expect(code).toBe(1);
    expect(stderr).toContain(text);
  });
});
