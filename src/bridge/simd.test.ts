import { afterEach, describe, expect, it, vi } from "vitest";
import { simd } from "./simd.js";

const before = process.env.BIOX_SIMD;
afterEach(() => {
  if (before === undefined) delete process.env.BIOX_SIMD;
  else process.env.BIOX_SIMD = before;
});

/** A fresh copy of the room, as another process would have it. */
async function freshRoom(target: string) {
  process.env.BIOX_SIMD = target;
  vi.resetModules();
  return await import("./index.js");
}

describe("simd", () => {
  it("always offers scalar, and NEON on 64-bit Arm", () => {
    expect(simd().available.at(-1)).toBe("scalar");
    expect(simd().available).toContain(simd().active);
    if (process.arch === "arm64") expect(simd().available.slice(-2)).toEqual(["neon", "scalar"]);
  });

  it.each(simd().available)("BIOX_SIMD=%s forces that target for every bridge", async (target) => {
    const room = await freshRoom(target);
    expect(room.simd().active).toBe(target);
    const one = { channelsIn: 1, rank: 1, prototypes: 1, tokens: 1, width: 1 };
    const weights = { A: Float32Array.of(2), B: Float32Array.of(3), prototypes: Float32Array.of(5) };
    const bridge = new room.Bridge(weights, { ...one, featureLayout: "NTC", targetLayout: "raw" });
    const out = new Float32Array(1);
    bridge.run(Float32Array.of(7), out);
    expect([bridge.info().simd, out[0]]).toEqual([target, 210]);
  });

  it("refuses a target that is unknown or not here, and lists those that are", async () => {
    const missing = process.arch === "arm64" ? "avx2" : "neon";
    for (const name of ["sse9", missing]) {
      const room = await freshRoom(name);
      const available = simd().available.join(", ");
      expect(() => room.simd()).toThrow(
        `Expected BIOX_SIMD to be one of the targets available here (${available}), but received '${name}'.`,
      );
    }
  });
});
