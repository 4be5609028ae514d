/** Boards that boot behind their adapter: the port stays open, and nothing but a start command makes them send again. */

import { findDevice, openSource } from "biox-edge";
import { describe, expect, it } from "vitest";
import { startDeviceEmulator } from "../src/stream/device-emulator.js";
import { RingReader } from "../src/stream/ring.js";
import { pause } from "./support/gateway.js";

/** Device seconds after which it boots. */
const REBOOT_S = 5;
const LONGEST_MS = 30_000;

async function until(fact: () => boolean, what: string): Promise<void> {
  const begin = performance.now();
  while (!fact()) {
    expect(performance.now() - begin, `ms without ${what}`).toBeLessThan(LONGEST_MS);
    await pause(20);
  }
}

describe.concurrent.each([
  ["cyton", true],
  ["shimmer3", true],
  ["bitalino", true],
  // Has no hello, and is started anew each second that it is silent.
  ["cms50-v7", false],
])("a %s that boots silently", (id, isAsked) => {
  it("is started again, and what it did not take meanwhile is missing", async () => {
    const emulator = await startDeviceEmulator(findDevice(id), { signal: (_, __, n) => n & 63, reboot: REBOOT_S });
    const source = await openSource(`serial:${emulator.path}?device=${id}`);
    const links: string[] = [];
    const reasons: (string | undefined)[] = [];
    source.on("link", ({ state, reason }) => {
      links.push(state);
      reasons.push(reason);
    });
    const [stream] = source.streams;
    const { rate } = stream!;
    const lostSoFar = (): number => source.statsOf((other) => other === stream!.id).lost;
    const ring = new RingReader(source.ring(stream!.id));
    await until(() => (isAsked ? links.includes("silent") : lostSoFar() > 0), "silence");
    const before = ring.head;
    expect(source.link.startsRepeated).toBe(isAsked ? 1 : 0);
    if (isAsked) expect(reasons[0]).toContain("it is asked to start again");
    await until(() => ring.head > before + 5 * rate, "samples");
    if (isAsked) expect(links.at(-1)).toBe("open");
    expect(links).not.toContain("reconnecting");
    const lost = lostSoFar();
    expect(lost).toBeGreaterThan(2 * rate);

    // Slots and time go together: what is missing is marked for as long as it lasted.
    const times = new Float64Array(ring.head);
    expect(ring.readTimes(0, times.length, times)).not.toBe(false);
    const took = ((times.at(-1)! - times[0]!) * rate) / 1000;
    expect(Math.abs(times.length - 1 - took)).toBeLessThan(0.25 * rate);
    expect(Math.abs(times.at(-1)! - (performance.timeOrigin + performance.now()))).toBeLessThan(1000);

    // A device that streams is let alone.
    const asked = source.link.startsRepeated;
    await pause(6000);
    expect(source.link.startsRepeated).toBe(asked);
    expect(lostSoFar() - lost).toBeLessThan(0.25 * rate);
    await source.close();
    emulator.stop();
  });
});
