import { resolve } from "node:path";
import {
  bundleContent,
  loadBundle,
  type Manifest,
  newFolder,
  requireEmpty,
  type Safetensors,
  writeBundle,
} from "../../bundle/index.js";
import { BioxError, invalidArgument } from "../../errors.js";
import { type CompareOptions, compareBundles } from "../../onnx/quantize/compare-bundles.js";
import { filePath } from "../../paths.js";
import { chooseHalf, type HalfChoice } from "./half.js";
import { noiseWindows } from "./noise-windows.js";
import type { OptimisedHalf, OptimiseReport } from "./report.js";

/** Less is within what two measurements of the same graph differ by. */
const MIN_GAIN = 1.02;
const NOISE_WINDOWS = 16;

export interface OptimiseOptions extends CompareOptions {
  /** Windows on which old and new bundle are compared, as `infer` takes them; seeded noise by default. */
  readonly windows?: Safetensors;
  /** Times as fast as the old graph that a new one must be to be taken, at least 0; 1.02 by default. With 0 each is taken. */
  readonly minGain?: number;
}

/**
 * Makes a bundle whose halves have graphs for which ONNX Runtime has faster kernels, where they are faster on this machine,
 * and compares it with the one that it is made from.
 *
 * What the halves compute stays the same but for rounding; bridge, probe, preparation and further files stay as they are.
 * What was done goes to `provenance.optimised` of the new bundle. The folder appears when it is complete, and not at all
 * when something fails.
 *
 * @param path folder or .tar of a bundle
 * @param out folder to write; does not exist, or is empty
 * @throws BioxError INVALID_ARGUMENT when neither half has anything to rewrite or becomes faster; ONNX_INVALID when a half is no
 * ONNX model; FILE_UNWRITABLE; and what loading and `infer` throw
 */
export async function optimiseBundle(
  path: string | URL,
  out: string | URL,
  options: OptimiseOptions = {},
): Promise<OptimiseReport> {
  const { windows, minGain = MIN_GAIN, threads = 1, onProgress, signal } = options;
  if (!(typeof minGain === "number" && minGain >= 0 && Number.isFinite(minGain)))
    throw invalidArgument("minGain", "a number of at least 0", minGain);
  const folder = resolve(filePath("out", out));
  await requireEmpty(folder);
  const bundle = await loadBundle(path);
  onProgress?.("lower half");
  const lower = await chooseHalf("lower", bundle, { minGain, threads });
  signal?.throwIfAborted();
  onProgress?.("upper half");
  const upper = await chooseHalf("upper", bundle, { minGain, threads });
  signal?.throwIfAborted();
  if (lower.outcome !== "rewritten" && upper.outcome !== "rewritten") throw nothingGained(bundle.path, [lower, upper]);
  const optimised = { ...bundle, lower: lower.onnx, upper: upper.onnx };
  const compared = windows
    ? await compareBundles(bundle, optimised, windows, options)
    : await compareBundles(bundle, optimised, noiseWindows(bundle, NOISE_WINDOWS), { ...options, input: "prepared" });
  const report: OptimiseReport = {
    lower: withoutFile(lower),
    upper: withoutFile(upper),
    fidelity: { on: windows ? "windows" : "noise", ...compared },
  };
  const { manifest, files } = await bundleContent(path);
  files[lower.file] = lower.onnx;
  files[upper.file] = upper.onnx;
  await newFolder(folder, (part) => writeBundle(part, { files, manifest: renew(manifest, report) }));
  return report;
}

function nothingGained(bundle: string, halves: readonly OptimisedHalf[]): BioxError {
  if (halves.every(({ outcome }) => outcome === "unchanged"))
    return new BioxError(
      "INVALID_ARGUMENT",
      `Neither half of bundle '${bundle}' has one-dimensional convolutions or poolings to rewrite.`,
      "It may be rewritten already; use it as it is.",
    );
  return new BioxError(
    "INVALID_ARGUMENT",
    `Neither half of bundle '${bundle}' becomes faster on this machine: ${halves.flatMap(reason).join(", ")}.`,
    "Use the bundle as it is, or take less with --min-gain.",
  );
}

function reason({ file, outcome, ms, maxRelError }: OptimisedHalf): string[] {
  if (outcome === "slow") return [`${file} would be ${ms!.ratio.toFixed(2)} times as fast`];
  if (outcome === "different")
    return [`${file} would differ by ${maxRelError!.toExponential(1)} of its largest number`];
  return [];
}

function withoutFile({ onnx: _, ...half }: HalfChoice): OptimisedHalf {
  return half;
}

function renew({ files, ...manifest }: Manifest, { lower, upper, fidelity }: OptimiseReport): Omit<Manifest, "files"> {
  const done = [lower, upper].filter(({ outcome }) => outcome === "rewritten");
  const optimised = {
    from: manifest.name,
    sources: Object.fromEntries(done.map(({ file }) => [file, files[file]!.sha256])),
    operators: Object.fromEntries(done.map(({ file, operators }) => [file, operators])),
    fidelity,
  };
  return { ...manifest, provenance: { ...manifest.provenance, optimised } };
}
