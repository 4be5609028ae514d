/** `biox import bridge`, from a checkpoint to a file that a bundle takes. */

import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readSafetensors } from "biox-edge";
import { afterAll, describe, expect, it } from "vitest";
import { biox } from "./support/biox.js";

const testdata = fileURLToPath(new URL("../src/bundle/pth/testdata/", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "biox-import-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("biox import bridge", () => {
  it("writes the bridge of a training run, and says what it was made from", async () => {
    const out = join(folder, "bridge.safetensors");
    const { code, stderr, lines } = await biox(["import", "bridge", join(testdata, "training.pt"), "--out", out]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(lines).toMatchObject([{ type: "imported", out, key: "model", shape: { rank: 3, tokens: 6, width: 7 } }]);
    const golden = readSafetensors(join(testdata, "bridge.safetensors"));
    const { tensors, metadata } = readSafetensors(out);
    for (const [name, tensor] of golden.tensors) expect(tensors.get(name)).toEqual(tensor);
    expect(metadata).toEqual({ source: "training.pt", source_sha256: lines[0].source.sha256 });
  });

  it("takes names, a key and a number of tokens", async () => {
    const out = join(folder, "named.safetensors");
    const names = ["--a", "A", "--b", "B", "--prototypes", "prototypes", "--key", "student", "--tokens", "6"];
    const { code, lines } = await biox(["import", "bridge", join(testdata, "two.pth"), ...names, "--out", out]);
    expect({ code, key: lines[0].key }).toEqual({ code: 0, key: "student" });
  });

  it("refuses a checkpoint with more than tensors in one sentence, and writes nothing", async () => {
    const out = join(folder, "none.safetensors");
    const { code, stderr } = await biox(["import", "bridge", join(testdata, "arguments.pth"), "--out", out]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^biox: File '.*' holds 'argparse.Namespace'.*\n +Save the tensors alone.*\n$/);
    expect(readdirSync(folder)).not.toContain("none.safetensors");
  });
});
