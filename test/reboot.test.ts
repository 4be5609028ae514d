/** Boards that boot behind their adapter: the port stays open, and nothing but a start command makes them send again. */

import { type DeviceDescriptor, findDevice, openSource } from "biox-edge";
import { describe, expect, it } from "vitest";
import { startDeviceEmulator } from "../src/stream/device-emulator.js";
import { RingReader } from "../src/stream/ring.js";
import { TOLERANCE_MS } from "./support/true-times.js";
import { pause, until } from "./support/wait.js";

/** Device seconds after which it boots. */
const REBOOT_S = 5;

/** An EmotiBit sends ten times a second. */
const GATHERED_MS = 100;
/** By how much the very first bytes may be delayed, ms: the port is being opened. */
const FIRST_MS = 250;

/** Between which two of these times most time passed. */
function longestPause(times: readonly number[]): [from: number, to: number] {
  let at = 1;
  for (let i = 2; i < times.length; i++) if (times[i]! - times[i - 1]! > times[at]! - times[at - 1]!) at = i;
  return [times[at - 1]!, times[at]!];
}

/** An emulated device that tells when it took each sample: its own time, which boots do not set back, at its first channels' calls. */
function watched(id: string) {
  const device = findDevice(id);
  const taken = new Map<number, number[]>();
  let ms = 0;
  /** Epoch ms at device time 0. The emulator is never ahead of the real time, and with it at the end of each look at its clock. */
  let begun = Number.POSITIVE_INFINITY;
  const signal = (stream: number, channel: number, n: number): number => {
    const times = taken.get(stream) ?? [];
    taken.set(stream, times);
    // Channels of a sample, and what its frame repeats, are of the same moment.
    if (channel === 0 && times.at(-1) !== ms) times.push(ms);
    // Never 0, which an oximeter sends for what it could not measure.
    return 1 + (n & 62);
  };
  const descriptor: DeviceDescriptor = {
    ...device,
    createEmulator: (of, options) => {
      const inner = device.createEmulator!(of, options);
      return {
        boot: () => inner.boot(),
        receive: (bytes) => inner.receive(bytes),
        advance: (step) => {
          const bytes = inner.advance(step);
          ms += step;
          begun = Math.min(begun, performance.timeOrigin + performance.now() - ms);
          return bytes;
        },
      };
    },
  };
  const timesOf = (stream: number): number[] => (taken.get(stream) ?? []).map((time) => begun + time);
  return { descriptor, signal, timesOf };
}

describe.concurrent.each(["cyton", "shimmer3", "bitalino", "cms50-v7", "emotibit"])(
  "a %s that boots silently",
  (id) => {
    it("is started again, and what it did not take meanwhile is missing", async ({ onTestFinished }) => {
      const { descriptor, signal, timesOf } = watched(id);
      const emulator = await startDeviceEmulator(descriptor, { signal, reboot: REBOOT_S });
      onTestFinished(() => emulator.stop());
      const chunks: number[] = [];
      const onChunk = (_: Uint8Array, arrival: number) => void chunks.push(arrival);
      const source = await openSource(`serial:${emulator.path}?device=${id}`, { onChunk });
      onTestFinished(() => source.close());
      const links: string[] = [];
      const reasons: (string | undefined)[] = [];
      source.on("link", ({ state, reason }) => {
        links.push(state);
        reasons.push(reason);
      });
      const heads = (): number[] => source.streams.map((stream) => new RingReader(source.ring(stream.id)).head);
      await until(() => links.includes("silent"), "silence");
      const before = heads();
      expect(source.link.startsRepeated).toBe(1);
      expect(reasons[0]).toContain("it is asked to start again");
      await until(() => heads().every((head, i) => head > before[i]! + 5 * source.streams[i]!.rate), "samples");
      expect(links).toEqual(["silent", "open"]);
      // A device that streams is let alone, and nothing is missing of what it sends.
      const { lost } = source.stats;
      await pause(6000);
      expect(source.link.startsRepeated).toBe(1);
      expect(source.stats.lost).toBe(lost);

      for (const { id: stream, rate, name } of source.streams) {
        const [from, to] = longestPause(timesOf(stream));
        const heard = chunks.find((arrival) => arrival > to)!;
        // The clock alone tells; what it cannot know is by how much the first bytes were delayed, by a board that gathers them for a while too.
        const slack = ((TOLERANCE_MS + heard - to + GATHERED_MS) * rate) / 1000 + 1;
        const { lost: missing } = source.statsOf((other) => other === stream);
        expect(Math.abs(missing - ((to - from) * rate) / 1000), name).toBeLessThan(slack);

        // Slots and time go together, up to the newest sample.
        const ring = new RingReader(source.ring(stream));
        const times = new Float64Array(ring.head);
        expect(ring.readTimes(0, times.length, times)).not.toBe(false);
        const took = ((times.at(-1)! - times[0]!) * rate) / 1000;
        expect(Math.abs(times.length - 1 - took), name).toBeLessThan(slack + (FIRST_MS * rate) / 1000);
      }
    });
  },
);
