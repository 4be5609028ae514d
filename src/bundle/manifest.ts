import * as v from "valibot";
import { BioxError } from "../errors.js";
import { explainIssue } from "./manifest-issue.js";
import { type Manifest, manifestSchema } from "./manifest-schema.js";

/** The name of the description inside a bundle. */
export const MANIFEST_FILE = "bundle.json";
/** The name of its signature. */
export const SIGNATURE_FILE = "bundle.sig";

/** The newest version of `bundle.json` that is understood. */
const VERSION = 1;

/** Longest raw window in samples per channel; 2^24 is 4.6 hours at 1000 Hz. It keeps a typing error from asking for gigabytes. */
const MAX_WINDOW_SAMPLES = 2 ** 24;

/**
 * Checks the content of a `bundle.json`.
 *
 * @throws BioxError BUNDLE_INVALID with one sentence that names the JSON path, what was expected and what was found
 */
export function parseManifest(value: unknown): Manifest {
  checkVersion(value);
  const result = v.safeParse(manifestSchema, value);
  if (!result.success) throw invalid(explainIssue(result.issues[0]));
  const manifest = result.output;
  windowSamples(manifest);
  for (const file of [...usedFiles(manifest), ...(manifest.golden ? [manifest.golden.file] : [])])
    if (!Object.hasOwn(manifest.files, file))
      throw invalid(`expected files to list '${file}', which the bundle uses, but it does not`);
  for (const file of [MANIFEST_FILE, SIGNATURE_FILE])
    if (Object.hasOwn(manifest.files, file))
      throw invalid(`expected files not to list '${file}', which cannot hold its own hash`);
  return manifest;
}

/** Parses the bytes of a `bundle.json`, then checks them as {@link parseManifest} does. */
export function decodeManifest(bytes: Uint8Array): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    throw invalid("the file is not JSON", error);
  }
  return parseManifest(value);
}

/** Samples per channel of one raw window: `window.seconds * new.rate`, which must be whole. */
export function windowSamples(manifest: Pick<Manifest, "window" | "new">): number {
  const exact = manifest.window.seconds * manifest.new.rate;
  const samples = Math.round(exact);
  // Seconds and rates are decimal fractions, whose product can miss a whole number by a rounding error.
  if (samples < 1 || samples > MAX_WINDOW_SAMPLES || Math.abs(exact - samples) > 1e-9 * samples)
    throw invalid(
      `expected window.seconds * new.rate to be a whole number of samples from 1 to ${MAX_WINDOW_SAMPLES}, ` +
        `but ${manifest.window.seconds} s at ${manifest.new.rate} Hz is ${exact}`,
    );
  return samples;
}

/** The names of the files that inference reads. */
export function usedFiles(manifest: Pick<Manifest, "lower" | "bridge" | "upper" | "probe">): string[] {
  const files = [manifest.lower.file, manifest.bridge.file, manifest.upper.file];
  if (manifest.probe !== null) files.push(manifest.probe.file);
  return files;
}

// A newer version may differ in any key, so its number is worth saying before the first key that does not fit.
function checkVersion(value: unknown): void {
  if (typeof value !== "object" || value === null || !("version" in value)) return;
  if (typeof value.version === "number" && Number.isInteger(value.version) && value.version > VERSION)
    throw new BioxError(
      "BUNDLE_INVALID",
      `${MANIFEST_FILE}: expected version to be ${VERSION}, but received ${value.version}.`,
      "The bundle was made for a newer biox-edge: update this one.",
    );
}

function invalid(problem: string, cause?: unknown): BioxError {
  return new BioxError("BUNDLE_INVALID", `${MANIFEST_FILE}: ${problem}.`, "Correct it or export the bundle again.", {
    cause,
  });
}
