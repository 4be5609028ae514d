import { execFileSync } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { alterFile, removeFile } from "../../test/support/break-bundle.js";
import { expectRefusal } from "../../test/support/failure.js";
import { buildTinyBundle } from "../bench/synthetic/bundle.js";
import { packTar, verifyBundle, writeBundle } from "./index.js";

let base: string;
let folder: string;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), "biox-pack-"));
  folder = join(base, "tiny");
});
afterEach(() => rm(base, { recursive: true, force: true }));

const LICENCE = { "LICENSE.txt": new TextEncoder().encode("free") };

describe("writeBundle", () => {
  it("writes what was given, with sizes and SHA-256 hashes", async () => {
    const { files, ...manifest } = await buildTinyBundle(folder);
    expect((await readdir(folder)).sort()).toEqual(["bridge.safetensors", "bundle.json", "lower.onnx", "upper.onnx"]);
    const contents: Record<string, Uint8Array> = { "abc.txt": new TextEncoder().encode("abc") };
    for (const name of Object.keys(files)) contents[name] = await readFile(join(folder, name));
    const written = await writeBundle(folder, { manifest, files: contents });
    // The example of FIPS 180-4 for the three bytes "abc".
    const sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    expect(written.files).toEqual({ ...files, "abc.txt": { sha256, bytes: 3 } });
    expect(JSON.parse(await readFile(join(folder, "bundle.json"), "utf8"))).toEqual(written);
  });

  it("makes the same bytes every time", async () => {
    const first = await buildTinyBundle(folder);
    const second = await buildTinyBundle(join(base, "again"));
    expect(second).toEqual(first);
  });

  it("refuses a description that does not fit before it writes anything", async () => {
    const { files: _files, ...manifest } = await buildTinyBundle(folder);
    const target = join(base, "other");
    await expectRefusal(() => writeBundle(target, { manifest, files: LICENCE }), "BUNDLE_INVALID", "'lower.onnx'");
    const outside = { "../x": new Uint8Array(1) };
    await expectRefusal(() => writeBundle(target, { manifest, files: outside }), "INVALID_ARGUMENT", "'../x'");
    expect(await readdir(base)).toEqual(["tiny"]);
  });

  it("says where it cannot write", async () => {
    await writeFile(folder, "a file in the way");
    await expectRefusal(() => buildTinyBundle(folder), "FILE_UNWRITABLE", folder, "it exists already");
  });
});

describe("packTar", () => {
  it("makes the same archive every time, which the system's tar reads", async () => {
    await buildTinyBundle(folder);
    await packTar(folder, join(base, "one.tar"));
    await packTar(folder, join(base, "two.tar"));
    expect(await readFile(join(base, "one.tar"))).toEqual(await readFile(join(base, "two.tar")));
    const listing = execFileSync("tar", ["-tf", join(base, "one.tar")], { encoding: "utf8" })
      .trim()
      .split("\n");
    expect(listing).toEqual(["bundle.json", "lower.onnx", "bridge.safetensors", "upper.onnx"]);
    const content = execFileSync("tar", ["-xOf", join(base, "one.tar"), "upper.onnx"]);
    expect(content).toEqual(await readFile(join(folder, "upper.onnx")));
  });

  it("does not pack a bundle with an altered file", async () => {
    await buildTinyBundle(folder);
    await alterFile(folder, "lower.onnx");
    await expectRefusal(() => packTar(folder, join(base, "b.tar")), "BUNDLE_HASH", "'lower.onnx'");
  });
});

describe("verifyBundle", () => {
  it("finds every file well in a fresh bundle, folder or archive", async () => {
    const { files } = await buildTinyBundle(folder);
    await packTar(folder, join(base, "b.tar"));
    const expected = Object.entries(files).map(([file, record]) => ({ file, ...record, ok: true, problem: null }));
    expect(await verifyBundle(folder)).toEqual(expected);
    expect(await verifyBundle(join(base, "b.tar"))).toEqual(expected);
  });

  it("lists each damaged file and goes on", async () => {
    await buildTinyBundle(folder, { probe: true });
    await alterFile(folder, "lower.onnx");
    await writeFile(join(folder, "bridge.safetensors"), "x");
    await removeFile(folder, "upper.onnx");
    const checks = await verifyBundle(folder);
    expect(checks.map(({ file, ok }) => [file, ok])).toEqual([
      ["lower.onnx", false],
      ["bridge.safetensors", false],
      ["upper.onnx", false],
      ["probe.safetensors", true],
    ]);
    expect(checks[0]!.problem).toContain("SHA-256");
    expect(checks[1]).toMatchObject({ bytes: 1, problem: expect.stringContaining("but it has 1") });
    expect(checks[2]).toMatchObject({ bytes: null, sha256: null, problem: "File 'upper.onnx' is missing." });
  });

  it("needs a description to go by", async () => {
    await expectRefusal(() => verifyBundle(folder), "BUNDLE_NOT_FOUND", folder);
  });
});
