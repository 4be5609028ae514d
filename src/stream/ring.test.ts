import { Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";
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
    // The wait must block, which this thread may not: the worker repeats RingReader.waitFor's protocol on the same memory.
    const worker = new Worker(
      `const { parentPort, workerData } = require("node:worker_threads");
       const control = new BigInt64Array(workerData.control);
       Atomics.store(control, 2, 50n);
       parentPort.postMessage("waiting");
       while (Atomics.load(control, 0) < 50n) Atomics.wait(control, 0, Atomics.load(control, 0), 5000);
       parentPort.postMessage(Number(Atomics.load(control, 0)));`,
      { eval: true, workerData: memory },
    );
    const messages: unknown[] = [];
    const done = new Promise<void>((resolve) => worker.on("exit", () => resolve()));
    worker.on("message", (message) => {
      messages.push(message);
      if (message !== "waiting") return;
      for (let i = 0; i < 5; i++) writer.write(ramp(i * 10, 10), 10, 0, 1, 0);
    });
    await done;
    expect(messages).toEqual(["waiting", 50]);
  });

  it("does not wait for samples that are there or will never come", () => {
    const memory = createRing(1, 10);
    const writer = new RingWriter(memory);
    const reader = new RingReader(memory);
    writer.write(ramp(0, 5), 5, 0, 1, 0);
    reader.waitFor(5, 1e6);
    writer.end();
    expect(reader.ended).toBe(true);
    reader.waitFor(6, 1e6);
  });
});
