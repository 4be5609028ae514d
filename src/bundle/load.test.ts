import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { alterFile, breakBundle, type FaultName, removeFile } from "../../test/support/break-bundle.js";
import { expectRefusal, failure } from "../../test/support/failure.js";
import { buildTinyBundle } from "../bench/synthetic/bundle.js";
import { TINY } from "../bench/synthetic/halves.js";
import { sequence } from "../bench/synthetic/sequence.js";
import type { ErrorCode } from "../errors.js";
import { loadBundle, packTar } from "./index.js";

let folder: string;
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), "biox-bundle-")), "tiny");
});
afterEach(() => rm(join(folder, ".."), { recursive: true, force: true }));

describe("loadBundle", () => {
  it("gives the description, the halves, the weights and their sizes", async () => {
    const manifest = await buildTinyBundle(folder, { probe: true, channels: ["red", "infrared"], rate: 64 });
    const bundle = await loadBundle(folder);
    expect(bundle).toMatchObject({
      path: folder,
      manifest,
      input: { channels: 2, samples: 256, rate: 64 },
      prepared: { dtype: "float32", shape: [2, 256] },
      shape: TINY,
      probe: { classes: 3, width: TINY.width },
      verified: true,
    });
    expect(bundle.weights.A).toEqual(sequence(TINY.rank * TINY.channelsIn, 11));
    expect(bundle.weights.B.length).toBe(TINY.prototypes * TINY.tokens * TINY.rank);
    expect(bundle.weights.prototypes).toEqual(sequence(TINY.width * TINY.prototypes, 13));
    expect(bundle.probe!.bias).toEqual(sequence(3, 32));
    expect([bundle.lower.length, bundle.upper.length]).toEqual([
      manifest.files["lower.onnx"]!.bytes,
      manifest.files["upper.onnx"]!.bytes,
    ]);
  });

  it.each(["tokens-first", "channels-first", "raw"] as const)("takes the layout %s", async (targetLayout) => {
    await buildTinyBundle(folder, { targetLayout });
    expect((await loadBundle(pathToFileURL(folder))).shape).toEqual(TINY);
  });

  it("takes half-precision weights", async () => {
    await buildTinyBundle(folder, { dtype: "F16" });
    const exact = sequence(TINY.rank * TINY.channelsIn, 11);
    const { A } = (await loadBundle(folder)).weights;
    for (const [i, value] of A.entries()) expect(Math.abs(value - exact[i]!)).toBeLessThan(2 ** -11);
  });

  it("gives the same from a tar archive", async () => {
    await buildTinyBundle(folder, { probe: true });
    const { path: _folder, ...fromFolder } = await loadBundle(folder);
    await packTar(folder, `${folder}.tar`);
    const { path, ...fromTar } = await loadBundle(`${folder}.tar`);
    expect(path).toBe(`${folder}.tar`);
    expect(fromTar).toEqual(fromFolder);
  });

  it("can be sent to another thread, without dragging larger buffers along", async () => {
    await buildTinyBundle(folder, { probe: true });
    await packTar(folder, `${folder}.tar`);
    for (const path of [folder, `${folder}.tar`]) {
      const bundle = await loadBundle(path);
      const clone = structuredClone(bundle);
      expect(clone).toEqual(bundle);
      const { A, B, prototypes } = clone.weights;
      for (const array of [clone.lower, clone.upper, A, B, prototypes, clone.probe!.weight])
        expect(array.buffer.byteLength).toBe(array.byteLength);
    }
  });

  it("can leave out the hashes while a bundle is being made", async () => {
    await buildTinyBundle(folder);
    await alterFile(folder, "upper.onnx");
    expect((await loadBundle(folder, { verify: false })).verified).toBe(false);
  });
});

describe("loadBundle refuses", () => {
  it("a path where there is nothing, or nothing of the kind", async () => {
    await expectRefusal(() => loadBundle(folder), "BUNDLE_NOT_FOUND", folder);
    await mkdir(folder);
    await expectRefusal(() => loadBundle(folder), "BUNDLE_NOT_FOUND", folder, "bundle.json");
    await expectRefusal(() => loadBundle(""), "INVALID_ARGUMENT", "path");
    await expectRefusal(() => loadBundle("/dev/null"), "BUNDLE_INVALID", "a folder or a tar archive");
    await writeFile(`${folder}.tar`, "this is no archive");
    await expectRefusal(() => loadBundle(`${folder}.tar`), "BUNDLE_INVALID", `${folder}.tar`);
    await expectRefusal(() => loadBundle(`${folder}.tar/inside`), "BUNDLE_NOT_FOUND", "inside");
  });

  it("a file that this user may not read", async () => {
    await buildTinyBundle(folder);
    await chmod(join(folder, ".."), 0o755);
    await chmod(join(folder, "upper.onnx"), 0o000);
    await asOrdinaryUser(() =>
      expectRefusal(() => loadBundle(folder), "FILE_UNREADABLE", "upper.onnx", "permission was denied"),
    );
  });

  it.each(["lower.onnx", "bridge.safetensors", "upper.onnx", "probe.safetensors"])("an altered %s", async (name) => {
    await buildTinyBundle(folder, { probe: true });
    await alterFile(folder, name);
    await expectRefusal(() => loadBundle(folder), "BUNDLE_HASH", name, folder, "altered or incomplete", "SHA-256");
  });

  it("a file that is cut short or missing", async () => {
    const { files } = await buildTinyBundle(folder);
    await writeFile(join(folder, "upper.onnx"), "short");
    const sizes = `expected ${files["upper.onnx"]!.bytes} bytes, but it has 5`;
    await expectRefusal(() => loadBundle(folder), "BUNDLE_HASH", "'upper.onnx'", sizes);
    await removeFile(folder, "upper.onnx");
    await expectRefusal(() => loadBundle(folder), "BUNDLE_HASH", "'upper.onnx'", "is missing");
    await expectRefusal(() => loadBundle(folder, { verify: false }), "BUNDLE_HASH", "'upper.onnx'", "is missing");
  });

  it("a link that leads out of the folder, but not one within it", async () => {
    await buildTinyBundle(folder);
    await rename(join(folder, "upper.onnx"), join(folder, "u.onnx"));
    await symlink("u.onnx", join(folder, "upper.onnx"));
    expect((await loadBundle(folder)).verified).toBe(true);
    await rename(join(folder, "u.onnx"), join(folder, "..", "u.onnx"));
    await rm(join(folder, "upper.onnx"));
    await symlink("../u.onnx", join(folder, "upper.onnx"));
    await expectRefusal(() => loadBundle(folder), "BUNDLE_INVALID", "'upper.onnx'", "leads out of the bundle");
  });

  it("a folder in the place of a file", async () => {
    await buildTinyBundle(folder);
    await removeFile(folder, "upper.onnx");
    await mkdir(join(folder, "upper.onnx"));
    await expectRefusal(() => loadBundle(folder), "BUNDLE_INVALID", "'upper.onnx'", "a plain file");
  });

  it.each<[FaultName, ErrorCode, string]>([
    ["rank-mismatch", "BUNDLE_SHAPE", "bridge.safetensors: expected B [P*T, r] to have as many columns as A [4, 8]"],
    ["rows-not-prototypes-times-tokens", "BUNDLE_SHAPE", "rows of B [61, 4] to be a multiple of the 6 columns"],
    [
      "target-width",
      "BUNDLE_SHAPE",
      "10 tokens of width 13 as [..., 13] for layout 'tokens-first', but it is [1, 10, 12]",
    ],
    ["bridge-dtype", "BUNDLE_SHAPE", "tensor A to have the dtype F32 or F16, but it has F64"],
    ["bridge-tensor-missing", "BUNDLE_SHAPE", "expected a tensor A [r, C_in], but there is a"],
    ["bridge-cut-short", "FILE_INVALID", "'bridge.safetensors' places tensor 'prototypes' at bytes"],
    ["bridge-not-finite", "BUNDLE_INVALID", "tensor A to hold finite numbers, but element 3 is NaN"],
    ["label-count", "BUNDLE_SHAPE", "one row for each of the 4 labels, but it is [3, 12]"],
    ["unknown-step", "PREPARE_INVALID", "'wavelet'"],
  ])("the fault %s", async (fault, code, text) => {
    await buildTinyBundle(folder, { probe: true });
    await breakBundle(folder, fault);
    await expectRefusal(() => loadBundle(folder), code, text);
  });

  it("a preparation that the window cannot go through", async () => {
    await buildTinyBundle(folder, { prepare: [{ step: "lowpass", design: "butterworth", order: 2, cutoff: 30 }] });
    await expectRefusal(() => loadBundle(folder), "PREPARE_INVALID", "30");
  });

  it.each<["tokens-first" | "channels-first" | "raw", number[], boolean]>([
    ["tokens-first", [2, 5, 12], true],
    ["tokens-first", [10, 1, 12], true],
    ["tokens-first", [1, 12, 10], false],
    ["tokens-first", [2, 10, 12], false],
    ["channels-first", [12, 10], true],
    ["channels-first", [1, 10, 12], false],
    ["channels-first", [3, 4, 10], false],
    ["raw", [1, 12, 10], true],
    ["raw", [1, 12, 11], false],
  ])("or takes the target %s %j as it fits", async (layout, shape, fits) => {
    const manifest = await buildTinyBundle(folder);
    manifest.bridge.target = { layout, shape };
    await writeFile(join(folder, "bundle.json"), JSON.stringify(manifest));
    if (fits) expect((await loadBundle(folder)).shape).toEqual(TINY);
    else await expectRefusal(() => loadBundle(folder), "BUNDLE_SHAPE", "bridge.target.shape", `[${shape.join(", ")}]`);
  });

  it("an archive that lacks its end", async () => {
    await buildTinyBundle(folder);
    await packTar(folder, `${folder}.tar`);
    const whole = await readFile(`${folder}.tar`);
    const end = whole.findLastIndex((byte) => byte !== 0);
    for (let length = 0; length < end; length += 777) {
      await writeFile(`${folder}.tar`, whole.subarray(0, length));
      const error = await failure(() => loadBundle(`${folder}.tar`));
      expect(["BUNDLE_INVALID", "BUNDLE_HASH"], `${length} bytes`).toContain(error.code);
    }
    await writeFile(`${folder}.tar`, whole);
    expect((await loadBundle(`${folder}.tar`)).verified).toBe(true);
  });
});

it.each<FaultName>([
  "lower-width",
  "lower-input-name",
  "upper-output-name",
  "input-dtype",
  "input-length",
  "upper-not-onnx",
])("leaves the fault %s to the engine, which knows the halves", async (fault) => {
  await buildTinyBundle(folder);
  await breakBundle(folder, fault);
  expect((await loadBundle(folder)).verified).toBe(true);
});

it("loads the reference bundle", async () => {
  const reference = fileURLToPath(new URL("../../../shared/fixture/bundle", import.meta.url));
  if (!existsSync(reference)) {
    console.log("skipped: no ../shared/fixture");
    return;
  }
  const bundle = await loadBundle(reference);
  expect(bundle.shape).toEqual({ channelsIn: 64, rank: 8, prototypes: 50, tokens: 500, width: 64 });
  expect(bundle.prepared).toEqual({ dtype: "int64", shape: [1, 500] });
  expect(bundle.manifest.labels).toHaveLength(3);
  expect(bundle.probe).toBeNull();
});

/** Runs with an ordinary user's rights, since the superuser may read any file. */
async function asOrdinaryUser(action: () => Promise<void>): Promise<void> {
  if (process.geteuid?.() !== 0) return action();
  process.seteuid!(65534);
  try {
    await action();
  } finally {
    process.seteuid!(0);
  }
}
