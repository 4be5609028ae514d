import { Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { Bell } from "./bell.js";
import { createRing, RingReader, RingWriter } from "./ring.js";

function ramp(from: number, count: number, channels = 1): Float64Array {
  return Float64Array.from({ length: count * channels }, (_, i) => from * channels + i);
}

describe("ring", () => {
  it("gives back what was written, channel by channel, across the end of the memory", () => {
    const memory = createRing(2, 10);
    const writer = new RingWriter(memory);
    const reader = new RingReader(memory);
    writer.write(ramp(0, 7, 2), 7, 1000, 10, 2000);
    writer.write(ramp(7, 6, 2), 6, 1070, 10, 2100);
    const out = [new Float64Array(8), new Float64Array(8)];
    expect(reader.head).toBe(13);
    expect(reader.read(5, 8, [1, 0], out)).toBe(true);
    expect([...out[0]!]).toEqual([11, 13, 15, 17, 19, 21, 23, 25]);
    expect([...out[1]!]).toEqual([10, 12, 14, 16, 18, 20, 22, 24]);
    expect(reader.stretch(5, 8)).toEqual({ start: 1050, end: 1130, received: 2100, missing: 0 });
  });

  it("gives the newest samples, their age, and how many are gone", () => {
    const memory = createRing(1, 10);
    const writer = new RingWriter(memory);
    const reader = new RingReader(memory);
    const out = [new Float64Array(4)];
    expect(reader.newestReceived).toBeUndefined();
    writer.write(ramp(0, 3), 3, 0, 1, 50);
    expect(reader.readNewest(4, [0], out)).toBe(-1);
    writer.write(ramp(3, 12), 12, 3, 1, 70);
    expect(reader.readNewest(4, [0], out)).toBe(11);
    expect([...out[0]!]).toEqual([11, 12, 13, 14]);
    expect(reader.readNewest(11, [0], [new Float64Array(11)])).toBe(-1);
    expect(reader.overwritten).toBe(5);
    expect(reader.newestReceived).toBe(70);
  });

  it("says when samples have been overwritten", () => {
    const memory = createRing(1, 10);
    const writer = new RingWriter(memory);
    const reader = new RingReader(memory);
    writer.write(ramp(0, 11), 11, 0, 1, 0);
    expect(reader.read(0, 5, [0], [new Float64Array(5)])).toBe(false);
    const out = new Float64Array(5);
    expect(reader.read(1, 5, [0], [out])).toBe(true);
    expect([...out]).toEqual([1, 2, 3, 4, 5]);
  });

  it("keeps the newest part of a block that is longer than the ring", () => {
    const memory = createRing(1, 4);
    const writer = new RingWriter(memory);
    const reader = new RingReader(memory);
    writer.write(ramp(0, 11), 11, 0, 1, 0);
    const out = new Float64Array(4);
    expect(reader.read(7, 4, [0], [out])).toBe(true);
    expect([...out]).toEqual([7, 8, 9, 10]);
  });

  it("counts the samples of a stretch that are marked as lost", () => {
    const memory = createRing(1, 20);
    const writer = new RingWriter(memory);
    writer.write(ramp(0, 5), 5, 0, 1, 0);
    writer.write(ramp(0, 3), 3, 5, 1, 0, true);
    writer.write(ramp(8, 5), 5, 8, 1, 0);
    const reader = new RingReader(memory);
    expect(reader.stretch(0, 13).missing).toBe(3);
    expect(reader.stretch(6, 7).missing).toBe(2);
    expect(reader.stretch(8, 5).missing).toBe(0);
  });

  it("wakes a reader in another thread when its sample is there, and at the end", async () => {
    const memory = createRing(1, 100);
    const writer = new RingWriter(memory);
    const reader = new RingReader(memory);
    const bell = new Bell();
    writer.bells.add(bell);
    reader.wakeAt(50);
    // The sleep must block, which this thread may not: the worker repeats Bell.sleep's protocol on the same memory.
    const worker = new Worker(
      `const { parentPort, workerData } = require("node:worker_threads");
       const bell = new Int32Array(workerData);
       for (let rings = 0; rings < 2; rings++) {
         parentPort.postMessage("asleep");
         parentPort.postMessage(Atomics.wait(bell, 0, rings, 60000));
       }`,
      { eval: true, workerData: bell.memory },
    );
    const messages: unknown[] = [];
    const done = new Promise<void>((resolve) => worker.on("exit", () => resolve()));
    worker.on("message", (message) => {
      messages.push(message);
      if (message !== "asleep") return;
      // Time to fall asleep. Where it was too short, the outcome is "not-equal": the ring was not missed.
      setTimeout(() => {
        if (messages.length > 1) writer.end();
        else for (let i = 0; i < 5; i++) writer.write(ramp(i * 10, 10), 10, 0, 1, 0);
      }, 50);
    });
    await done;
    const woken = expect.stringMatching(/^(ok|not-equal)$/);
    expect(messages).toEqual(["asleep", woken, "asleep", woken]);
    expect(bell.rings).toBe(2);
  });

  it("wakes at the earliest sample that one of several readers waits for", () => {
    const memory = createRing(1, 100);
    const writer = new RingWriter(memory);
    const [near, far] = [new RingReader(memory), new RingReader(memory)];
    const bell = new Bell();
    writer.bells.add(bell);
    const writeTen = (): number => {
      writer.write(ramp(0, 10), 10, 0, 1, 0);
      return bell.rings;
    };
    near.wakeAt(15);
    far.wakeAt(35);
    expect([writeTen(), writeTen()]).toEqual([0, 1]);
    far.wakeAt(35);
    near.wakeAt(25);
    expect(writeTen()).toBe(2);
  });
});
