import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expectRefusal } from "../../test/support/failure.js";
import { BioxError } from "../errors.js";
import { decodeManifest, parseManifest, usedFiles, windowSamples } from "./manifest.js";

const record = { sha256: "0".repeat(64), bytes: 1 };

function valid() {
  return {
    format: "biox-bundle",
    version: 1,
    name: "n",
    task: "t",
    labels: ["a", "b"],
    licence: "MIT",
    new: { modality: "ppg", channels: ["ppg"], rate: 125, unit: "adc" },
    old: { modality: "ecg", leads: 12 },
    window: { seconds: 10, hop: 2 },
    gaps: { policy: "hold" as const, longestMs: 200 },
    quality: { minimum: 0.4 },
    prepare: [{ step: "zscore" }],
    lower: { file: "l.onnx", input: "i", output: "o", layout: "NTC" },
    bridge: { file: "b.safetensors", pool: "mean", target: { layout: "tokens-first", shape: [1, 5, 4] } },
    upper: { file: "u.onnx", input: "i", output: "o" },
    probe: { file: "p.safetensors" } as unknown,
    golden: { file: "g.safetensors", tolerance: 1e-4 } as unknown,
    files: Object.fromEntries(
      ["l.onnx", "b.safetensors", "u.onnx", "p.safetensors", "g.safetensors"].map((name) => [name, { ...record }]),
    ),
    provenance: { anything: [1] },
    metrics: { any: { thing: null } },
  };
}

/** The valid description with the value at a JSON path replaced; undefined removes the key. */
function withValue(path: readonly (string | number)[], value: unknown): unknown {
  const manifest = valid();
  let owner = manifest as unknown as Record<string | number, unknown>;
  for (const key of path.slice(0, -1)) owner = owner[key] as Record<string | number, unknown>;
  if (value === undefined) delete owner[path.at(-1)!];
  else owner[path.at(-1)!] = value;
  return manifest;
}

describe("bundle.json", () => {
  it("is kept as it is when valid", () => {
    expect(parseManifest(valid())).toEqual(valid());
  });

  it("may leave out gaps, quality, probe, provenance and metrics", () => {
    const rest: Record<string, unknown> = valid();
    for (const key of ["gaps", "quality", "probe", "provenance", "metrics"]) delete rest[key];
    expect(parseManifest(rest)).toMatchObject({ probe: null, provenance: {}, metrics: {} });
    expect(parseManifest(rest)).toMatchObject({ gaps: { policy: "interpolate" }, quality: { minimum: 0 } });
    expect(usedFiles(parseManifest(rest))).toEqual(["l.onnx", "b.safetensors", "u.onnx"]);
  });

  it.each<[(string | number)[], unknown, string]>([
    [["format"], "other", "expected format to be 'biox-bundle', but received 'other'"],
    [["version"], 0, "expected version to be 1, but received 0"],
    [["version"], 2, "expected version to be 1, but received 2"],
    [["gaps", "policy"], "guess", "expected gaps.policy to be 'interpolate', 'hold' or 'skip', but received 'guess'"],
    [["gaps", "longestMs"], 0, "expected gaps.longestMs to be a number of ms above 0, but received 0"],
    [["quality", "minimum"], 2, "expected quality.minimum to be a number from 0 to 1, but received 2"],
    [["name"], "", "expected name to be a text that is not empty, but received ''"],
    [["task"], undefined, "expected task, but it is missing"],
    [["labels"], ["a"], "expected labels to be a list of at least two labels, but received an array of 1"],
    [["labels"], ["a", "a"], "expected labels to be a list of labels that differ"],
    [["labels", 1], 7, "expected labels[1] to be a text, but received 7"],
    [["licence"], null, "expected licence to be a text, but received null"],
    [["new"], "ppg", "expected new to be an object, but received 'ppg'"],
    [["new", "rate"], 0, "expected new.rate to be a number of hertz above 0, but received 0"],
    [["new", "rate"], Number.POSITIVE_INFINITY, "new.rate"],
    [["new", "rate"], "125", "expected new.rate to be a number of hertz above 0, but received '125'"],
    [["new", "channels"], [], "at least one channel name"],
    [["new", "channels"], ["red", "red"], "channel names that differ"],
    [["new", "unit"], undefined, "expected new.unit, but it is missing"],
    [["new", "ratee"], 1, "expected no key 'ratee' in new"],
    [["old"], 1, "expected old to be an object, but received 1"],
    [["old", "modality"], undefined, "expected old.modality, but it is missing"],
    [["window", "hop"], 0, "expected window.hop to be a number of seconds above 0, but received 0"],
    [["window", "hop"], undefined, "expected window.hop, but it is missing"],
    [["window", "seconds"], -1, "expected window.seconds to be a number of seconds above 0"],
    [["window", "seconds"], 0.013, "whole number of samples from 1 to 16777216, but 0.013 s at 125 Hz is 1.625"],
    [["window", "seconds"], 1e300, "whole number of samples"],
    [["prepare"], {}, "expected prepare to be a list of steps, but received an object"],
    [["lower", "layout"], "NHWC", "expected lower.layout to be 'NTC' or 'NCT', but received 'NHWC'"],
    [["lower", "file"], "../l.onnx", "expected lower.file to be a plain file name"],
    [["upper", "file"], "/etc/passwd", "expected upper.file to be a plain file name"],
    [["bridge", "file"], "a\\b", "expected bridge.file to be a plain file name"],
    [["probe"], { file: ".." }, "expected probe.file to be a plain file name"],
    [["bridge", "precision"], "int4", "expected bridge.precision to be 'float32', 'float16' or 'int8', but received"],
    [["bridge", "pool"], "max", "expected bridge.pool to be 'mean', but received 'max'"],
    [["bridge", "target", "layout"], "TC", "expected bridge.target.layout to be 'tokens-first'"],
    [["bridge", "target", "shape"], [5], "expected bridge.target.shape to be a list of 2 to 8 whole numbers"],
    [["bridge", "target", "shape", 1], 2.5, "expected bridge.target.shape[1] to be a whole number above 0"],
    [["probe"], { file: "other.safetensors" }, "expected files to list 'other.safetensors'"],
    [["files"], [], "expected files"],
    [["files", "u.onnx"], undefined, "expected files to list 'u.onnx'"],
    [["files", "a/b"], record, "expected each key of files to be a plain file name"],
    [["files", "u.onnx", "sha256"], "ABC", 'expected files["u.onnx"].sha256 to be 64 hexadecimal digits'],
    [["files", "u.onnx", "bytes"], -1, 'expected files["u.onnx"].bytes to be a number of bytes >= 0, but received -1'],
    [["metrics"], 3, "expected metrics to be an object, but received 3"],
    [["windw"], {}, "expected no key 'windw' in the top level: it is unknown or misspelt"],
  ])("refuses %j = %j", async (path, value, text) => {
    await expectRefusal(() => parseManifest(withValue(path, value)), "BUNDLE_INVALID", "bundle.json: ", text);
  });

  it.each([[null], [3], ["text"], [[]]])("refuses %j", async (value) => {
    await expectRefusal(() => parseManifest(value), "BUNDLE_INVALID");
  });

  it("refuses bytes that are not JSON in UTF-8", async () => {
    await expectRefusal(() => decodeManifest(Buffer.from('{"format":')), "BUNDLE_INVALID", "not JSON");
    await expectRefusal(() => decodeManifest(Uint8Array.of(0x22, 0xff, 0x22)), "BUNDLE_INVALID", "not JSON");
  });

  it("takes windows whose length is whole but for a rounding error", () => {
    const of = (seconds: number, rate: number) =>
      windowSamples({ window: { seconds, hop: 1 }, new: { modality: "m", channels: ["c"], rate, unit: "u" } });
    expect(0.57 * 100).not.toBe(57);
    expect(of(0.57, 100)).toBe(57);
    expect(of(0.7, 10)).toBe(7);
    expect(of(10, 102.4)).toBe(1024);
  });

  it("gives a description or a BioxError for any JSON put in any place", () => {
    const places = [
      "format",
      "labels",
      "new",
      "old",
      "window",
      "prepare",
      "lower",
      "bridge",
      "upper",
      "probe",
      "files",
    ];
    fc.assert(
      fc.property(fc.constantFrom(...places), fc.jsonValue(), (place, value) => {
        try {
          parseManifest({ ...valid(), [place]: value });
        } catch (error) {
          if (!(error instanceof BioxError)) throw error;
          expect(error.code).toBe("BUNDLE_INVALID");
        }
      }),
      { numRuns: 1000 },
    );
  });
});
