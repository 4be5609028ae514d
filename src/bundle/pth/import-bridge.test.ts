/** Checkpoints that PyTorch 2.13 wrote (tools/golden/checkpoints.py): all hold the same bridge. */

import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { expectRefusal, failure } from "../../../test/support/failure.js";
import { readSafetensors } from "../safetensors.js";
import { writeSafetensors } from "../safetensors-write.js";
import { bridgeFile, importBridge } from "./index.js";

const testdata = fileURLToPath(new URL("testdata/", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "biox-pth-"));
afterAll(() => rmSync(folder, { recursive: true }));

const golden = readSafetensors(join(testdata, "bridge.safetensors")).tensors;
const part = (name: string) => golden.get(name)!.data as Float32Array;

/** A safetensors file of zero matrices of these shapes. */
function matrices(shapes: Record<string, [number, number]>): string {
  const path = join(folder, `${Object.keys(shapes).join("-")}-${Object.values(shapes).join("-")}.safetensors`);
  const tensors = Object.entries(shapes).map(([name, shape]) => {
    const data = Float32Array.from({ length: shape[0] * shape[1] }, (_, i) => i);
    return [name, { shape, data }];
  });
  writeFileSync(path, writeSafetensors(Object.fromEntries(tensors)));
  return path;
}

describe("importBridge", () => {
  it.each([
    "plain.pth",
    "module.pth",
    "training.pt",
    "parameters.pth",
    "views.pth",
    "turned.pth",
    "protocol4.pth",
    "float64.pth",
    "float16.pth",
    "bfloat16.pth",
    "deflated.pth",
    "big-endian.pth",
    "bridge.safetensors",
  ])("reads %s as PyTorch does", async (name) => {
    const { weights, shape, source, others } = await importBridge(join(testdata, name));
    expect(shape).toEqual({ channelsIn: 5, rank: 3, prototypes: 4, tokens: 6, width: 7 });
    expect(weights.A).toEqual(part("A"));
    expect(weights.B).toEqual(part("B"));
    expect(weights.prototypes).toEqual(part("prototypes"));
    const bytes = readFileSync(join(testdata, name));
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    expect(source).toEqual({ file: name, sha256, bytes: bytes.length });
    expect(others).toEqual([]);
  });

  it("writes what a bundle takes, and where it comes from", async () => {
    const bridge = await importBridge(join(testdata, "turned.pth"));
    expect(bridge.transposed).toEqual({ A: true, B: false, prototypes: true });
    const { tensors, metadata } = readSafetensors(bridgeFile(bridge));
    for (const name of ["A", "B", "prototypes"]) expect(tensors.get(name)).toEqual(golden.get(name));
    expect(metadata).toEqual({ source: "turned.pth", source_sha256: bridge.source.sha256 });
  });

  it("finds the bridge within what a training script keeps, and says where", async () => {
    const { key, names } = await importBridge(join(testdata, "training.pt"));
    expect(key).toBe("model");
    expect(names).toEqual({
      A: "bridge.proj_down.weight",
      B: "bridge.proj_up.weight",
      prototypes: "bridge.prototypes",
    });
  });

  it("asks which of two bridges is meant", async () => {
    const path = join(testdata, "two.pth");
    await expectRefusal(() => importBridge(path), "FILE_INVALID", "2 dicts with a bridge: 'teacher', 'student'");
    expect((await failure(() => importBridge(path))).hint).toContain("--key");
    expect((await importBridge(path, { key: "student" })).weights.A).toEqual(part("A"));
    await expectRefusal(() => importBridge(path, { key: "best" }), "FILE_INVALID", "has no dict 'best'");
  });

  it("takes other names when it is told them, and lists those there are when not", async () => {
    const path = matrices({ w_in: [3, 5], w_out: [24, 3], basis: [7, 4] });
    await expectRefusal(() => importBridge(path), "FILE_INVALID", "it has w_in, w_out, basis");
    expect((await failure(() => importBridge(path))).hint).toContain("--prototypes");
    const names = { A: "w_in", B: "w_out", prototypes: "basis" };
    expect((await importBridge(path, { names })).shape.tokens).toBe(6);
  });

  it("says that shapes fit in several ways, takes them as they lie, or as the number of tokens says", async () => {
    const path = matrices({ A: [8, 12], B: [1600, 8], prototypes: [64, 32] });
    const { shape, others } = await importBridge(path);
    expect(shape).toMatchObject({ tokens: 50, width: 64, prototypes: 32 });
    expect(others).toEqual([{ channelsIn: 12, rank: 8, prototypes: 64, tokens: 25, width: 32 }]);
    const other = await importBridge(path, { tokens: 25 });
    expect(other.shape).toEqual(others[0]);
    // Element [0, 1] of the transpose is element [1, 0] of what lies in the file.
    expect(other.weights.prototypes[1]).toBe(32);
    await expectRefusal(() => importBridge(path, { tokens: 7 }), "FILE_INVALID", "for 7 tokens", "fit for 50 or 25");
  });

  it("refuses what does not fit together", async () => {
    const path = matrices({ A: [8, 12], B: [1601, 7], prototypes: [64, 32] });
    await expectRefusal(() => importBridge(path), "FILE_INVALID", "A [8, 12], B [1601, 7]");
  });

  it("refuses a bias, which the method has not, unless it is zero", async () => {
    const shapes = { "down.weight": [3, 5], "up.weight": [24, 3], "up.bias": [24, 1], prototypes: [7, 4] } as const;
    const path = matrices(shapes as unknown as Record<string, [number, number]>);
    await expectRefusal(() => importBridge(path), "FILE_INVALID", "'up.bias' is not zero");
  });

  it("says what a file of another kind is, and what to do", async () => {
    const refuse = (name: string, ...words: string[]) =>
      expectRefusal(() => importBridge(join(testdata, name)), "FILE_INVALID", ...words);
    await refuse("before-1.6.pth", "before version 1.6");
    const { hint } = await failure(() => importBridge(join(testdata, "before-1.6.pth")));
    expect(hint).toContain("torch.save(torch.load('old.pth', weights_only=True), 'new.pth')");
    await refuse("script.pt", "TorchScript program");
    await refuse("arguments.pth", "holds 'argparse.Namespace'", "nothing in a checkpoint is ever executed");
    await refuse("whole-module.pth", "holds 'torch.nn.modules.linear.Linear'");
    await refuse("int32.pth", "Tensor 'A'", "IntStorage", "floats were expected");
    const path = join(folder, "text.pth");
    writeFileSync(path, "weights");
    await expectRefusal(() => importBridge(path), "FILE_INVALID", "begins with 77 65 69 67");
    await expectRefusal(() => importBridge(join(folder, "none.pth")), "FILE_UNREADABLE", "does not exist");
    await expectRefusal(() => importBridge(folder), "FILE_INVALID", "it is a folder");
  });
});
