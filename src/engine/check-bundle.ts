import { bundleContent, type FileCheck, loadBundle, verifyBundle } from "../bundle/index.js";
import { checkGolden, type GoldenCheck } from "./golden.js";
import type { InferOptions } from "./infer.js";

/** What {@link checkBundle} found. */
export interface BundleCheck {
  /** Size and hash of each file. */
  readonly files: readonly FileCheck[];
  /** Null where a file is not well, or the bundle has no golden windows. */
  readonly golden: GoldenCheck | null;
  readonly ok: boolean;
}

export interface CheckOptions extends Pick<InferOptions, "threads" | "precision" | "signal" | "onProgress"> {
  /** Share of a stage's largest value; that of the bundle by default. */
  tolerance?: number;
}

/**
 * Checks that a bundle gives on this machine what it gave where it was packed: its files by their hashes, then the model by the golden
 * windows that the bundle has in it.
 *
 * @param path folder or .tar of a bundle
 * @throws BioxError where the bundle cannot be loaded or run at all
 */
export async function checkBundle(path: string | URL, options: CheckOptions = {}): Promise<BundleCheck> {
  const files = await verifyBundle(path);
  if (!files.every(({ ok }) => ok)) return { files, golden: null, ok: false };
  const bundle = await loadBundle(path);
  const { golden } = bundle.manifest;
  if (golden === null) return { files, golden: null, ok: true };
  const content = (await bundleContent(path)).files[golden.file]!;
  const { tolerance, ...inference } = options;
  const check = await checkGolden(bundle, content, golden.file, {
    ...inference,
    tolerance: tolerance ?? golden.tolerance,
  });
  return { files, golden: check, ok: check.ok };
}
