/**
 * Faults of wire, device and host, injected one by one into a real terminal. After each the stream goes on within 5 s, every sample in
 * the ring is one that the device took, at the time at which it took it, and the counters are those of what was injected.
 */

import { constants, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSource } from "biox-edge";
import { afterAll, describe, expect, it } from "vitest";
import { accountFor, flipBits, type SentFrame } from "./support/bit-errors.js";
import { FaultyDevice } from "./support/faulty-device.js";
import { Gateway } from "./support/gateway.js";
import { misheard } from "./support/misheard.js";
import { seeded } from "./support/seeded.js";
import { LONGEST_MS, pause } from "./support/wait.js";
import { BIOX } from "./support/wires.js";

const folder = mkdtempSync(join(tmpdir(), "biox-faults-"));
afterAll(() => rmSync(folder, { recursive: true }));

const NO_ERRORS = { crcErrors: 0, framingErrors: 0, oversize: 0, resyncs: 0, undescribed: 0, reconnects: 0 };
const NO_FAULTS = { lost: 0, duplicates: 0, restarts: 0, clockJumps: 0 };

let devices = 0;
async function begin(): Promise<{ device: FaultyDevice; gateway: Gateway }> {
  const device = await FaultyDevice.plugIn(join(folder, `wearable${devices++}`));
  return { device, gateway: await Gateway.open(device, BIOX) };
}

/** Every sample that could arrive is there once, in its slot, with its time; `unknown` slots may be wrong in number, not in time. */
function expectTruth({ arrives }: FaultyDevice, gateway: Gateway, unknownSlots = 0): number {
  const slots = gateway.slots();
  const kept = slots.flatMap((slot, at) => (slot.lost ? [] : [{ ...slot, at }]));
  const first = kept[0]!.value;
  const newest = kept.at(-1)!.value;
  const expected = arrives.flatMap((whole, value) => (whole && value >= first && value <= newest ? [value] : []));
  expect(kept.map(({ value }) => value)).toEqual(expected);
  gateway.expectTimes();
  for (const { value, at } of kept)
    expect(Math.abs(at - kept[0]!.at - (value - first))).toBeLessThanOrEqual(unknownSlots);
  const lost = slots.length - kept.length;
  expect(gateway.stats).toMatchObject({ samples: kept.length, lost });
  return lost;
}

describe.concurrent("a wearable that numbers its samples", () => {
  it("is unplugged and comes back while it goes on counting: losses are exact", async () => {
    const { device, gateway } = await begin();
    await gateway.unplug();
    await pause(2000);
    await device.plugIn();
    await gateway.recovers();
    const lost = expectTruth(device, gateway);
    expect(lost).toBeGreaterThanOrEqual(2 * BIOX.rate);
    expect(gateway.stats).toMatchObject({ ...NO_FAULTS, lost });
    expect(gateway.link).toMatchObject({ ...NO_ERRORS, reconnects: 1, state: "open" });
    expect(gateway.links).toEqual(["reconnecting", "open"]);
    await gateway.close();
  });

  it("is unplugged and comes back restarted: the clock tells what is missing", async () => {
    const { device, gateway } = await begin();
    await gateway.unplug();
    await pause(2000);
    device.reboot();
    await device.plugIn();
    await gateway.recovers();
    const unknown = gateway.slotsUnknown;
    const lost = expectTruth(device, gateway, unknown);
    expect(lost).toBeGreaterThanOrEqual(2 * BIOX.rate - unknown);
    expect(gateway.stats).toMatchObject({ ...NO_FAULTS, lost, restarts: 1 });
    expect(gateway.link).toMatchObject({ ...NO_ERRORS, reconnects: 1 });
    expect(gateway.gaps.map(({ cause }) => cause)).toEqual(["restart"]);
    await gateway.close();
  });

  it("gets stuck and sends nothing: it is told, and so is its return", async () => {
    const { device, gateway } = await begin();
    device.mute = true;
    await gateway.told("silent");
    expect(gateway.links).toEqual(["silent"]);
    expect(gateway.link.state).toBe("silent");
    expect(gateway.reasons[0]).toMatch(
      /^no samples from .* for 3 s: nothing came; it is asked to start again; check the cable/,
    );
    device.mute = false;
    await gateway.recovers();
    const lost = expectTruth(device, gateway);
    // Silence is told after 3 s without a sample; a frame that was begun before went out in them, or was begun in them and did not.
    expect(lost).toBeGreaterThanOrEqual(3 * BIOX.rate - BIOX.perFrame);
    expect(gateway.links).toEqual(["silent", "open"]);
    expect(gateway.stats).toMatchObject({ ...NO_FAULTS, lost });
    expect(gateway.link).toMatchObject({ ...NO_ERRORS, state: "open" });
    await gateway.close();
  });

  it("takes no samples for a while without counting that: its own clock tells", async () => {
    const { device, gateway } = await begin();
    device.still = true;
    await pause(2000);
    device.still = false;
    await gateway.recovers();
    const [gap] = gateway.gaps;
    expect(gateway.gaps).toHaveLength(1);
    expect(gap).toMatchObject({ cause: "clock" });
    const { taken } = device;
    const longest = Math.max(...taken.slice(1).map((time, i) => time - taken[i]!));
    // A frame that was begun before took up to three samples more.
    expect(longest).toBeGreaterThan(2000 - 10 * BIOX.perFrame);
    // Its own clock tells how many there would have been between two, but for the 0.4 % by which a young clock may take it to be fast.
    expect(Math.abs(gap!.samples + 1 - (longest * BIOX.rate) / 1000)).toBeLessThanOrEqual(1);
    gateway.expectTimes();
    expect(gateway.stats).toMatchObject({ ...NO_FAULTS, lost: gap!.samples });
    await gateway.close();
  });

  it.each([
    ["back by 10 s", -10],
    ["back by 40 min", -2400],
    ["on by 10 s", 10],
  ])("has its clock set %s: times go on", async (_, seconds) => {
    const { device, gateway } = await begin();
    device.clockOffsetUs += seconds * 1e6;
    await gateway.recovers();
    expect(expectTruth(device, gateway)).toBe(0);
    expect(gateway.stats).toMatchObject({ ...NO_FAULTS, clockJumps: 1 });
    expect(gateway.link).toMatchObject(NO_ERRORS);
    await gateway.close();
  });

  it("repeats frames: each repetition is counted and dropped", async () => {
    const { device, gateway } = await begin();
    // For longer than the echo of a device that began anew may last.
    const repeated = (3 * BIOX.rate) / BIOX.perFrame;
    await device.repeat(repeated);
    await gateway.recovers();
    expect(expectTruth(device, gateway)).toBe(0);
    expect(gateway.stats).toMatchObject({ ...NO_FAULTS, duplicates: repeated * BIOX.perFrame });
    await gateway.close();
  });

  it("sends at another speed for a while: all of that is lost, and counted", async () => {
    const { device, gateway } = await begin();
    const heard: Uint8Array[] = [];
    device.fault = (frame) => {
      const bytes = misheard(frame, 57_600, 115_200);
      heard.push(bytes);
      return { bytes, arrives: false };
    };
    await pause(1500);
    device.fault = undefined;
    // Ends what was misheard, as the next of many frames would at the cost of itself.
    device.send(Uint8Array.of(0));
    await gateway.recovers();
    const lost = expectTruth(device, gateway);
    expect(lost).toBe(heard.length * BIOX.perFrame);
    const { crcErrors, framingErrors, oversize, resyncs } = gateway.link;
    const blocks = Buffer.concat(heard)
      .toString("latin1")
      .split("\0")
      .filter((block) => block.length > 0);
    expect(crcErrors + framingErrors + oversize).toBe(blocks.length);
    expect(resyncs).toBe(1);
    await gateway.close();
  });

  it("sends over a wire that turns one bit in a thousand around: no frame is lost but those that were hit", async () => {
    const { device, gateway } = await begin();
    const random = seeded(5);
    const sent: (SentFrame & { values: number })[] = [];
    device.fault = (original) => {
      const arrived = flipBits(original, 1e-3, random);
      sent.push({ original, arrived, values: device.next - BIOX.perFrame });
      return { bytes: arrived, arrives: true };
    };
    await pause(8000);
    device.fault = undefined;
    await gateway.recovers();
    const { delivered, errors, resyncs } = accountFor(sent);
    for (const [k, { values }] of sent.entries())
      if (!delivered[k]) device.arrives.fill(false, values, values + BIOX.perFrame);
    const hit = delivered.filter((whole) => !whole).length;
    expect(hit).toBeGreaterThan(20);
    expect(expectTruth(device, gateway)).toBe(hit * BIOX.perFrame);
    const { link } = gateway;
    expect(link.crcErrors + link.framingErrors).toBe(errors);
    expect(link).toMatchObject({ resyncs, oversize: 0, undescribed: 0, reconnects: 0 });
    await gateway.close();
  });

  it("stays at a port whose other end neither reads nor writes for 5 s: nothing is lost that was kept", async () => {
    const { device, gateway } = await begin();
    device.signalTerminal("SIGSTOP");
    await pause(5000);
    expect(gateway.links).toEqual(["silent"]);
    device.signalTerminal("SIGCONT");
    await gateway.recovers();
    expect(expectTruth(device, gateway)).toBe(0);
    expect(gateway.links).toEqual(["silent", "open"]);
    expect(gateway.stats).toMatchObject(NO_FAULTS);
    expect(gateway.link).toMatchObject(NO_ERRORS);
    await gateway.close();
  });
});

it("gives a port up whose other end reads nothing, so that what is written stalls", async () => {
  const device = await FaultyDevice.plugIn(join(folder, "half-open"));
  const own = openSync(device.link, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
  device.signalTerminal("SIGSTOP");
  expect(() => {
    for (;;) writeSync(own, new Uint8Array(256));
  }).toThrow("EAGAIN");
  const begun = performance.now();
  await expect(openSource(device.uri, { helloTimeout: 1000 })).rejects.toMatchObject({ code: "DEVICE_SILENT" });
  // Far from for ever, which a write that stalls would take.
  expect(performance.now() - begun).toBeLessThan(LONGEST_MS);
  device.signalTerminal("SIGCONT");
  await device.end();
});

it("reads on behind a burst of 10 MB of garbage, every block of which is counted", async () => {
  const { device, gateway } = await begin();
  const random = seeded(7);
  const garbage = Uint8Array.from({ length: 10 << 20 }, () => random() * 256);
  garbage[garbage.length - 1] = 0;
  const blocks = Buffer.from(garbage)
    .toString("latin1")
    .split("\0")
    .filter((block) => block.length > 0);
  device.send(garbage);
  await gateway.recovers();
  expect(expectTruth(device, gateway)).toBe(0);
  const { crcErrors, framingErrors, oversize, resyncs, bytes } = gateway.link;
  expect(bytes).toBeGreaterThan(10 << 20);
  expect(crcErrors + framingErrors + oversize).toBe(blocks.length);
  expect(resyncs).toBe(1);
  expect(gateway.stats).toMatchObject(NO_FAULTS);
  await gateway.close();
});
