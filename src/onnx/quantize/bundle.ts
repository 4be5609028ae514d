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
import { remakeGolden } from "../../engine/golden.js";
import { BioxError, invalidArgument } from "../../errors.js";
import { filePath } from "../../paths.js";
import { compareBundles } from "./compare-bundles.js";
import type { Fidelity, HalfPrecision, QuantizedHalf, QuantizeReport } from "./report.js";
import type { RewrittenFile } from "./rewrite.js";

export interface QuantizeOptions {
  readonly precision: HalfPrecision;
  /** Windows on which old and new bundle are compared, as `infer` takes them: real ones, of the kind that the bundle is for. */
  readonly windows?: Safetensors;
  /** What `windows` holds, as for `infer`; "raw" by default. */
  readonly input?: "raw" | "prepared";
  /** Least share of windows that must keep their label, 0 to 1; 0.99 by default. */
  readonly minAgreement?: number;
  /** Write the bundle whatever the comparison says, and without one where there are no windows. */
  readonly force?: boolean;
  /** Threads of ONNX Runtime for the comparison; 1 by default. */
  readonly threads?: number;
  /** Told what is being done, in a phrase. */
  readonly onProgress?: (what: string) => void;
  /** Ends the work before the next window; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * Makes a bundle whose halves hold their weights as int8 or float16, and compares it with the one that it is made from.
 *
 * Bridge, probe, preparation and further files stay as they are. What was done goes to `provenance.quantized` of the new
 * bundle, the comparison to `metrics.fidelity`. The folder appears when it is complete, and not at all when something
 * fails.
 *
 * @param path folder or .tar of a bundle
 * @param out folder to write; does not exist, or is empty
 * @throws BioxError FIDELITY_LOW when too few windows keep their label; INVALID_ARGUMENT when there is nothing to
 * compare on or nothing to store smaller; ONNX_INVALID when a half cannot be rewritten; FILE_UNWRITABLE; and what loading
 * and `infer` throw
 */
export async function quantizeBundle(
  path: string | URL,
  out: string | URL,
  options: QuantizeOptions,
): Promise<QuantizeReport> {
  const { precision, windows, force = false, onProgress, signal } = options;
  const minAgreement = checkOptions(options);
  const folder = resolve(filePath("out", out));
  await requireEmpty(folder);
  const bundle = await loadBundle(path);
  // What only this needs is loaded when it is asked for.
  const { nothingToDo, rewriteHalf } = await import("./rewrite.js");
  onProgress?.(`rounding the weights to ${precision}`);
  const [lowerFile, upperFile] = [bundle.manifest.lower.file, bundle.manifest.upper.file];
  const lower = rewriteHalf(bundle.lower, lowerFile, precision);
  const upper = rewriteHalf(bundle.upper, upperFile, precision);
  if (lower.tensors + upper.tensors === 0) throw nothingToDo(bundle.path, precision);
  const after = { ...bundle, lower: lower.onnx, upper: upper.onnx };
  const fidelity = windows ? await compareBundles(bundle, after, windows, options) : null;
  if (fidelity && fidelity.agreement < minAgreement && !force) throw tooFar(fidelity, minAgreement, precision);
  signal?.throwIfAborted();
  const report: QuantizeReport = {
    precision,
    lower: describe(lowerFile, bundle.lower, lower),
    upper: describe(upperFile, bundle.upper, upper),
    fidelity,
  };
  const { manifest, files } = await bundleContent(path);
  files[lowerFile] = lower.onnx;
  files[upperFile] = upper.onnx;
  const golden = manifest.golden?.file;
  if (golden !== undefined) files[golden] = await remakeGolden(after, files[golden]!, golden);
  await newFolder(folder, (part) => writeBundle(part, { files, manifest: renew(manifest, report) }));
  return report;
}

function checkOptions({ precision, windows, force = false, minAgreement = 0.99 }: QuantizeOptions): number {
  if (precision !== "int8" && precision !== "float16")
    throw invalidArgument("precision", "'int8' or 'float16'", precision);
  if (typeof minAgreement !== "number" || !(minAgreement >= 0 && minAgreement <= 1))
    throw invalidArgument("minAgreement", "a number from 0 to 1", minAgreement);
  if (windows === undefined && !force)
    throw new BioxError(
      "INVALID_ARGUMENT",
      "Expected windows to compare the new bundle with the old one on, but none were given.",
      "Give recorded windows with --windows, or --force to write a bundle whose fidelity nobody has measured.",
    );
  return minAgreement;
}

function tooFar({ agreement, windows }: Fidelity, minAgreement: number, precision: HalfPrecision): BioxError {
  const other = Math.round((1 - agreement) * windows);
  return new BioxError(
    "FIDELITY_LOW",
    `With halves in ${precision}, ${other} of ${windows} windows get another label: ${percent(agreement)} agree, but at least ${percent(minAgreement)} were asked for.`,
    `Nothing was written; ${precision === "int8" ? "try float16, or " : ""}allow less with --min-agreement.`,
  );
}

/** Cut, not rounded: 98.999 % must not read as the 99 % that it falls short of. */
const percent = (share: number): string => `${Math.floor(share * 1000 + 1e-9) / 10} %`;

function describe(file: string, before: Uint8Array, { onnx, tensors, kept }: RewrittenFile): QuantizedHalf {
  return { file, bytes: { before: before.length, after: onnx.length }, tensors, kept };
}

function renew({ files, ...manifest }: Manifest, report: QuantizeReport): Omit<Manifest, "files"> {
  const { precision, lower, upper, fidelity } = report;
  const sources = { [lower.file]: files[lower.file]!.sha256, [upper.file]: files[upper.file]!.sha256 };
  const tensors = { [lower.file]: lower.tensors, [upper.file]: upper.tensors };
  return {
    ...manifest,
    name: `${manifest.name}, ${precision}`,
    provenance: { ...manifest.provenance, quantized: { precision, from: manifest.name, sources, tensors } },
    metrics: { ...manifest.metrics, fidelity },
  };
}
