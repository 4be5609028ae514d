import { describe, expect, it } from "vitest";
import { simd } from "../bridge/index.js";
import { benchKernel } from "./kernel.js";
import { maxRelError } from "./kernel-variants.js";
import { limitsOf } from "./limits.js";
import { parseRoute } from "./route-text.js";

describe("benchKernel", () => {
  it.each(["7,13,19,5,3,11,NCT,tokens-first", "7,13,19,5,3,11,NTC,raw", "3,1,64,64,2,4,NTC,channels-first"])(
    "times every target and plan of %s, and finds all outputs equal",
    async (text) => {
      const report = await benchKernel(parseRoute(text), { rounds: 3 });
      expect(report.route).toBe(text);
      const named = report.results.map(({ target, plan, precision }) => `${target} ${plan} ${precision}`);
      const ways = ["float32", "float16", "int8"].flatMap((way) => [`factored ${way}`, `folded ${way}`]);
      expect(named).toEqual(simd().available.flatMap((target) => ways.map((way) => `${target} ${way}`)));
      for (const result of report.results) {
        expect(result.maxRelError).toBeLessThan({ float32: 1e-5, float16: 2e-2, int8: 0.3 }[result.precision]);
        for (const value of [result.us, result.gbps, result.gflops, result.roofline]) expect(value).toBeGreaterThan(0);
        expect(result.roofline).toBeLessThan(1.5);
      }
      expect(report.onnxruntime.maxRelError).toBeLessThan(1e-5);
      const exact = report.results.filter(({ precision }) => precision === "float32");
      expect(report.speedup).toBeCloseTo(report.onnxruntime.us / Math.min(...exact.map(({ us }) => us)), 6);
    },
  );

  it("derives its rates from bytes, operations and time", async () => {
    const { results, limits } = await benchKernel(parseRoute("64,100,128,50,8,20"), {
      rounds: 3,
      precisions: ["float32"],
    });
    expect(results.every(({ precision }) => precision === "float32")).toBe(true);
    const factored = results.find(({ plan }) => plan === "factored")!;
    const bytes = 4 * (8 * 64 + 20 * 50 * 8 + 128 * 20 + 64 * 100 + 128 * 50);
    const multiplyAdds = 8 * 64 + 20 * 50 * 8 + 128 * 20 * 50;
    expect(factored.gbps).toBeCloseTo(bytes / factored.us / 1e3, 6);
    expect(factored.gflops).toBeCloseTo((2 * multiplyAdds + 6400) / factored.us / 1e3, 6);
    const { gbps } = limits.read.find((limit) => limit.bytes === bytes)!;
    const step = (read: number, work: number) => Math.max(read / gbps, (2 * work) / limits.gflops);
    const expand = 20 * 50 * 8;
    const least =
      step(4 * 6400, 0) + step(4 * 512, 512) + step(4 * expand, expand) + step(4 * (2560 + 6400), 2560 * 50);
    expect(factored.roofline).toBeCloseTo(least / 1e3 / factored.us, 6);
  });
});

describe("benchKernel with a batch", () => {
  it("measures it beside single windows, by the window, with and without pooling", async () => {
    const route = parseRoute("64,100,128,50,8,20");
    const { results, limits } = await benchKernel(route, { rounds: 3, precisions: ["int8"], batch: 3 });
    expect(results.map(({ batch }) => batch)).toEqual(results.map((_, i) => (i % 2 === 0 ? 1 : 3)));
    for (const [i, result] of results.entries()) {
      const single = results[i - (i % 2)]!;
      expect([result.target, result.plan]).toEqual([single.target, single.plan]);
      expect(result.afterPoolUs).toBeGreaterThan(0);
      if (i % 2 === 0) expect([result.ratio, result.afterPoolRatio]).toEqual([undefined, undefined]);
      else {
        expect(result.ratio).toBeCloseTo(result.us / single.us, 9);
        expect(result.afterPoolRatio).toBeCloseTo(result.afterPoolUs! / single.afterPoolUs!, 9);
        // Weights once, features and outputs three times.
        const weights = result.plan === "folded" ? 8 * (64 + 6400) : 8 * (64 + 1000) + 4 * 2560;
        const bytes = weights + 4 * 3 * (6400 + 6400);
        expect(result.gbps).toBeCloseTo(bytes / 3 / result.us / 1e3, 6);
        expect(limits.read.map((limit) => limit.bytes)).toContain(bytes);
      }
    }
    // One of the two plans is the planner's, for each target and batch.
    for (const { target, batch } of results)
      expect(results.filter((r) => r.target === target && r.batch === batch && r.planned)).toHaveLength(1);
  });

  it.each([0, 1.5, 65])("refuses %s windows", async (batch) => {
    await expect(benchKernel(parseRoute("1,1,1,1,1,1"), { rounds: 1, batch })).rejects.toThrow(
      "Expected batch to be a whole number from 1 to 64",
    );
  });
});

describe("limitsOf", () => {
  it("takes the best target, and no less for a working set than for a larger one", () => {
    const loop = (kind: "read" | "multiplyAdds", bytes: number, amount: number) => ({ kind, bytes, amount, run() {} });
    const loops = [
      loop("multiplyAdds", 0, 4e6),
      loop("read", 100, 1e6),
      loop("read", 200, 2.4e6),
      loop("multiplyAdds", 0, 4e6),
      loop("read", 100, 1e6),
      loop("read", 300, 1e6),
    ];
    expect(limitsOf(loops, [100, 50, 40, 80, 20, 100])).toEqual({
      gflops: 50,
      read: [
        { bytes: 100, gbps: 60 },
        { bytes: 200, gbps: 60 },
        { bytes: 300, gbps: 10 },
      ],
    });
  });
});

it("maxRelError is relative to the largest output, and infinite for NaN", () => {
  expect(maxRelError(Float32Array.of(1, 2), Float64Array.of(1, 4))).toBe(0.5);
  expect(maxRelError(Float32Array.of(0, 0), Float64Array.of(0, 0))).toBe(0);
  expect(maxRelError(Float32Array.of(Number.NaN, 2), Float64Array.of(1, 2))).toBe(Number.POSITIVE_INFINITY);
});
