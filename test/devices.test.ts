/** Every kind of device over a terminal: emulated, opened as a serial port, decoded by the same code as a real one. */

import { mkdtempSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DEVICES, type Emulator, findDevice, openSource, type Source, startWearable } from "biox-edge";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { Biox, biox } from "./support/biox.js";

const folder = mkdtempSync(join(tmpdir(), "biox-devices-"));
afterAll(() => rmSync(folder, { recursive: true }));

const open: { source?: Source; emulator: Emulator }[] = [];
afterEach(async () => {
  for (const { source, emulator } of open.splice(0)) {
    await source?.close();
    emulator.stop();
    await emulator.sent;
  }
});

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const emulated = DEVICES.filter((device) => device.createEmulator);

describe.each(emulated.map((device) => device.id))("%s", (id) => {
  it("is opened, started, read without a loss, and stopped", async () => {
    const emulator = await startWearable(findDevice(id), { hr: 80 });
    const entry: (typeof open)[number] = { emulator };
    open.push(entry);
    const source = await openSource(`serial:${emulator.path}?device=${id}`);
    entry.source = source;
    const begin = performance.now();
    const counted = new Map(source.streams.map((stream) => [stream.name, 0]));
    source.on("samples", ({ stream, count }) => counted.set(stream, counted.get(stream)! + count));
    await wait(3000);
    const seconds = (performance.now() - begin) / 1000;
    expect(source.link).toMatchObject({ crcErrors: 0, undescribed: 0, oversize: 0, state: "open" });
    expect(source.stats.lost).toBe(0);
    for (const { name, rate } of source.streams) {
      expect(counted.get(name), name).toBeGreaterThan(rate * (seconds - 1) - 2);
      expect(counted.get(name), name).toBeLessThan(rate * (seconds + 0.5) + 2);
    }
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
    const { ecg } = decoded.lines[0].values;
    expect(ecg).toBeGreaterThan(20);
    expect(decoded.lines.find((line) => line.stream === "pulseRate").values).toEqual({ pulseRate: 66 });
  });

  it("plays a column to its last row, and nothing of it is lost", async () => {
    const rows = Array.from({ length: 600 }, (_, i) => Math.round(500 * Math.sin(i / 9)));
    const csv = join(folder, "column.csv");
    writeFileSync(csv, `ppg,other\n${rows.map((value) => `${value},1`).join("\n")}\n`);
    const args = ["emulate", "--device", "openview", "--option", "board=max30102", "--csv", csv, "--channel", "ppg"];
    const emulate = new Biox([...args, "--rate", "100", "--speed", "4"]);
    const { path } = await emulate.line((line) => line.type === "tty");
    const out = join(folder, "column.bioxrec");
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
