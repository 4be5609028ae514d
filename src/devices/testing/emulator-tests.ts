import { describe, expect, it } from "vitest";
import type { DeviceDescriptor, DeviceOptions, EmulatedSignal } from "../types.js";
import { Heard } from "./heard.js";

/** An emulated device under test. */
export interface EmulatedDevice {
  device: DeviceDescriptor;
  options?: DeviceOptions;
  /** What it measures: raw counts that every channel of the device can carry. */
  signal: EmulatedSignal;
  /** Seconds of device time, default 20. */
  seconds?: number;
  /** Streams whose values are not the signal's (derived, or sent by the emulator as it likes). */
  derived?: readonly number[];
}

const HELLO_MS = 300;
const START_MS = 1000;

/**
 * Speaks with an emulated device as the gateway's serial session does: asks until it is answered, starts, keeps alive.
 *
 * @param stepMs time between two looks at the device, ms
 */
export function converse({ device, options, signal, seconds = 20 }: EmulatedDevice, stepMs = 7): Heard {
  const emulator = device.createEmulator!(signal, options);
  const { hello, setup, start, keepAlive } = device.commands(options);
  const heard = new Heard(device.createDecoder(options));
  heard.push(emulator.boot());
  let asked = Number.NEGATIVE_INFINITY;
  let kept = 0;
  let greeted = false;
  for (let now = 0; now < seconds * 1000; now += stepMs) {
    const asking = hello ?? start;
    if (!greeted && asking && now - asked >= (hello ? HELLO_MS : START_MS)) {
      asked = now;
      heard.push(emulator.receive(asking));
    }
    if (!greeted && heard.hellos.length > 0) {
      greeted = true;
      for (const step of setup?.steps ?? []) {
        heard.push(emulator.receive(step));
        heard.push(emulator.advance(setup!.everyMs));
        now += setup!.everyMs;
      }
      if (hello && start) heard.push(emulator.receive(start));
    }
    if (keepAlive && now - kept >= keepAlive.everyMs) {
      kept = now;
      heard.push(emulator.receive(keepAlive.bytes));
    }
    heard.push(emulator.advance(stepMs));
  }
  return heard;
}

/** The tests that every emulator has to pass with its decoder, as one `describe` block. */
export function testEmulator(name: string, emulated: EmulatedDevice): void {
  const { device, options, signal, seconds = 20, derived = [] } = emulated;

  describe(name, () => {
    it("answers, starts, and sends its signal without an error, at its rate", () => {
      const heard = converse(emulated);
      expect(heard.hellos).toHaveLength(1);
      expect(heard.link).toMatchObject({ crcErrors: 0, undescribed: 0, oversize: 0 });
      for (const stream of heard.streams) {
        const samples = heard.of(stream.id);
        // Up to two seconds for the dialogue and for finding the first frame.
        expect(samples.length, stream.name).toBeGreaterThan((seconds - 2) * stream.rate - 2);
        expect(samples.length, stream.name).toBeLessThan((seconds + 0.1) * stream.rate + 2);
        const gap = samples.findIndex((sample, i) => sample.n !== (samples[0]!.n + i) >>> 0);
        expect(gap, `first gap of ${stream.name}`).toBe(-1);
        if (derived.includes(stream.id)) continue;
        const expected = (channel: number, n: number): number => {
          const { scale, offset } = stream.channels[channel]!;
          return signal(stream.id, channel, n) * scale + offset;
        };
        const fits = (first: number): boolean =>
          samples.every(({ values }, i) =>
            values.every((value, c) => Math.abs(value - expected(c, first + i)) <= 1e-6 * Math.max(1, Math.abs(value))),
          );
        // Which sample of the emulator the first decoded one is depends on how long it took to find the frames.
        const most = Math.ceil(2 * stream.rate) + 40;
        const found = Array.from({ length: most }, (_, first) => first).find(fits);
        expect(found, `${stream.name} begins with ${JSON.stringify(samples.slice(0, 3))}`).toBeDefined();
      }
    });

    it("sends the same whatever the steps of time are", () => {
      const coarse = device.createEmulator!(signal, options);
      const fine = device.createEmulator!(signal, options);
      const { hello, setup, start } = device.commands(options);
      const bytes = (emulator: typeof coarse, steps: number[]): Buffer => {
        const parts = [emulator.boot()];
        for (const command of [hello, ...(setup?.steps ?? []), start])
          if (command) parts.push(emulator.receive(command));
        for (const step of steps) parts.push(emulator.advance(step));
        return Buffer.concat(parts);
      };
      const once = bytes(coarse, [4000]);
      const often = bytes(
        fine,
        Array.from({ length: 8000 }, () => 0.5),
      );
      expect(often.equals(once)).toBe(true);
      expect(once.length).toBeGreaterThan(0);
    });

    const { stop } = device.commands(options);
    if (stop)
      it("stops when it is told to", () => {
        const emulator = device.createEmulator!(signal, options);
        const { hello, setup, start } = device.commands(options);
        emulator.boot();
        for (const command of [hello, ...(setup?.steps ?? []), start]) if (command) emulator.receive(command);
        expect(emulator.advance(2000).length).toBeGreaterThan(0);
        emulator.receive(stop);
        emulator.advance(200);
        expect(emulator.advance(2000)).toHaveLength(0);
      });
  });
}
