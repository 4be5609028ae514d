import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { compilePreparation, parseSteps } from "./index.js";

// In a file, and so a process, of its own: what other tests run decides what the compiler keeps off the heap.
describe("memory", () => {
  setFlagsFromString("--expose-gc");
  const collect: () => void = runInNewContext("gc");

  it("is not allocated for a window", () => {
    const input = { channels: 2, samples: 1250, rate: 125 };
    const steps = [
      { step: "notch", frequency: 50, mode: "causal" },
      { step: "fir", taps: 33, high: 40, mode: "causal" },
      { step: "resample", method: "polyphase", rate: 100 },
      { step: "bandpass", order: 3, low: 0.5, high: 8 },
      { step: "resample", method: "fourier", samples: 1018 },
      { step: "resample", method: "linear", samples: 500 },
      { step: "detrend" },
      { step: "moving-mean-band", short: 5, long: 75 },
      { step: "zscore" },
      { step: "quantise" },
      { step: "cast", dtype: "int64" },
    ];
    const preparation = compilePreparation(parseSteps(steps), input);
    const live = preparation.createLive();
    const out = preparation.createOutput();
    const signal = [1, 2].map((c) => Float64Array.from({ length: 1250 }, (_, i) => Math.sin((i * c) / 9)));
    const hop = () => {
      preparation.prepareWindow(signal, out);
      live.push(signal, 250);
      if (live.ready) live.prepare(out);
    };
    for (let i = 0; i < 500; i++) hop();
    const growths = [1, 2, 3, 4, 5].map(() => {
      collect();
      const before = process.memoryUsage();
      for (let i = 0; i < 50; i++) hop();
      const after = process.memoryUsage();
      // Older buffers may still be on their way out, so less is fine.
      expect(after.arrayBuffers).toBeLessThanOrEqual(before.arrayBuffers);
      return after.heapUsed - before.heapUsed;
    });
    // The least of five, and some room, as the compiler and the test runner allocate too. BigInts would make 1 MB each.
    expect(Math.min(...growths)).toBeLessThan(100_000);
  });
});
