/**
 * Faults of devices that number their samples with few bits, or not at all. What they lose is known from the clock, so numbers of slots may
 * be wrong by what delayed the first arrivals behind a gap; times may not.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { FaultyDevice } from "./support/faulty-device.js";
import { Gateway } from "./support/gateway.js";
import { seeded } from "./support/seeded.js";
import { pause } from "./support/wait.js";
import { CMS50, CYTON, type Wire } from "./support/wires.js";

const folder = mkdtempSync(join(tmpdir(), "biox-counters-"));
afterAll(() => rmSync(folder, { recursive: true }));

let devices = 0;
async function begin(wire: Wire): Promise<{ device: FaultyDevice; gateway: Gateway }> {
  const device = await FaultyDevice.plugIn(join(folder, `device${devices++}`), wire);
  return { device, gateway: await Gateway.open(device, wire) };
}

/** Every sample has its time; returns how many there are, and how many slots are lost. */
function expectTimes(gateway: Gateway, extra = 0): { samples: number; lost: number } {
  const slots = gateway.slots();
  const kept = slots.filter(({ lost }) => !lost);
  gateway.expectTimes(extra);
  const counts = { samples: kept.length, lost: slots.length - kept.length };
  expect(gateway.stats).toMatchObject(counts);
  return counts;
}

describe.concurrent.each([
  ["a counter of 8 bits", CYTON],
  ["no counter", CMS50],
])("a wearable with %s", (_, wire) => {
  it("is unplugged and comes back: the clock tells what is missing", async () => {
    const { device, gateway } = await begin(wire);
    await gateway.unplug();
    await pause(2000);
    await device.plugIn();
    await gateway.recovers();
    const { samples, lost } = expectTimes(gateway);
    expect(gateway.gaps.map(({ cause }) => cause)).toEqual(["restart"]);
    expect(gateway.stats.restarts).toBe(1);
    // Of what the device took since it was first heard, all that did not arrive is missing.
    const missing = device.arrives.slice(device.arrives.indexOf(true)).filter((whole) => !whole).length;
    expect(Math.abs(lost - missing)).toBeLessThanOrEqual(gateway.slotsUnknown);
    expect(samples).toBeGreaterThan(wire.rate);
    expect(gateway.link).toMatchObject({ reconnects: 1, crcErrors: 0, framingErrors: 0 });
    expect(gateway.links).toEqual(["reconnecting", "open"]);
    await gateway.close();
  });

  it("sends nothing for 3 s, then all that it took: nothing is missing", async () => {
    const { device, gateway } = await begin(wire);
    device.signalTerminal("SIGSTOP");
    await gateway.told("silent");
    device.signalTerminal("SIGCONT");
    await gateway.told("open");
    await gateway.recovers();
    const { lost } = expectTimes(gateway);
    expect(lost).toBe(0);
    expect(gateway.gaps).toEqual([]);
    expect(gateway.stats.restarts).toBe(0);
    await gateway.close();
  });

  it("sends nothing for 3 s and keeps nothing: the clock tells what is missing", async () => {
    const { device, gateway } = await begin(wire);
    device.mute = true;
    await gateway.told("silent");
    device.mute = false;
    await gateway.told("open");
    await gateway.recovers();
    const { lost } = expectTimes(gateway);
    const missing = device.arrives.slice(device.arrives.indexOf(true)).filter((whole) => !whole).length;
    expect(missing).toBeGreaterThanOrEqual(3 * wire.rate - 1);
    expect(Math.abs(lost - missing)).toBeLessThanOrEqual(gateway.slotsUnknown);
    expect(gateway.gaps.map(({ cause }) => cause)).toEqual(["clock"]);
    expect(gateway.stats.restarts).toBe(0);
    await gateway.close();
  });

  it("reads on behind garbage, and takes none of it for lost samples", async () => {
    const { device, gateway } = await begin(wire);
    // A fixed seed: of this noise nothing looks like frames in a row, which in formats without a check sum some does.
    const random = seeded(3);
    device.send(Uint8Array.from({ length: 20_000 }, () => random() * 256));
    await gateway.recovers();
    const { samples, lost } = expectTimes(gateway);
    expect(lost).toBe(0);
    const { link } = gateway;
    expect(link.frames).toBe(samples);
    // Neither more nor fewer than the device took meanwhile.
    const slots = gateway.slots();
    const took = ((slots.at(-1)!.time - slots[0]!.time) * wire.rate) / 1000;
    expect(Math.abs(slots.length - 1 - took)).toBeLessThanOrEqual(gateway.slotsUnknown);
    expect(link).toMatchObject({ crcErrors: 0, framingErrors: 1, resyncs: 1, reconnects: 0 });
    await gateway.close();
  });

  it("repeats frames: times stay right", async () => {
    const { device, gateway } = await begin(wire);
    // For longer than the echo of a device that began anew may last; without a counter each is a sample too many.
    const repeated = wire === CYTON ? 3 * wire.rate : wire.rate;
    await device.repeat(repeated);
    await gateway.recovers();
    // A repetition that nothing tells from the next sample has the time of that.
    const { lost } = expectTimes(gateway, wire === CYTON ? 0 : 1000 / wire.rate);
    expect(lost).toBe(0);
    // Without a counter nothing tells a repetition from the next sample.
    expect(gateway.stats.duplicates).toBe(wire === CYTON ? repeated : 0);
    expect(gateway.stats.restarts).toBe(0);
    await gateway.close();
  });
});
