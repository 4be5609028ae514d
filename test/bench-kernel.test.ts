/** `biox bench kernel` as a user calls it. */

import { describe, expect, it } from "vitest";
import { biox } from "./support/biox.js";

describe("biox bench kernel", () => {
  it("prints one JSON object for a route", async () => {
    const { code, lines, stdout } = await biox("bench kernel --route wesad-ecg2ppg --rounds 3 --json".split(" "));
    expect(code).toBe(0);
    expect(stdout.trim().split("\n")).toHaveLength(1);
    const [{ route, results, onnxruntime, speedup }] = lines as [(typeof lines)[number]];
    expect(route).toBe("wesad-ecg2ppg");
    for (const result of results)
      expect(Object.keys(result)).toEqual(
        expect.arrayContaining(["target", "plan", "precision", "us", "gbps", "gflops", "roofline", "maxRelError"]),
      );
    expect(onnxruntime.us).toBeGreaterThan(0);
    // Far below what it is on any machine, so that a loaded one passes too; slower than ONNX Runtime would be a defect.
    expect(speedup).toBeGreaterThan(1);
  });

  it("prints a table for a shape", async () => {
    const { code, stdout } = await biox("bench kernel --shape 16,50,32,10,4,8,NCT --rounds 2".split(" "));
    expect(code).toBe(0);
    expect(stdout).toMatch(/^16,50,32,10,4,8,NCT: [\d.]+x as fast as ONNX Runtime\ntarget +plan +precision +us /);
    expect(stdout).toMatch(/scalar +folded( \*)? +float32/);
    expect(stdout).toMatch(/limits here: \d+ GFLOP\/s/);
  });

  it("prints batches beside single windows", async () => {
    const { code, stdout } = await biox(
      "bench kernel --shape 16,50,32,10,4,8 --rounds 2 --batch 4 --precision int8".split(" "),
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(/error +batch +after pool +ratio +after pool\n/);
    expect(stdout).toMatch(/scalar +folded( \*)? +int8 [^\n]+ 1 +[\d.]+ *\n/);
    expect(stdout).toMatch(/scalar +folded( \*)? +int8 [^\n]+ 4( +[\d.]+){3}\n/);
  });

  it.each([
    ["--batch 65", "Expected batch to be a whole number from 1 to 64"],
    ["--route nowhere", "Expected route to be one of wesad-ecg2ppg"],
    ["--shape 1,2,3", "Expected shape to be C_in,T_in,C_out,T,r,P"],
    ["--route wesad-ecg2ppg --shape 1,1,1,1,1,1", "--route and --shape were both given"],
    ["--rounds 0", "Expected a number above 0"],
  ])("refuses %s in one sentence", async (options, message) => {
    const { code, stdout, stderr } = await biox(["bench", "kernel", ...options.split(" ")]);
    expect(code).toBe(1);
    expect(stdout).toBe("");
    expect(stderr).toContain(message);
    expect(stderr).not.toContain("    at ");
  });
});
