import { bundleContent, type FileCheck, loadBundle, type Signer, type Trust, verifyBundle } from "../bundle/index.js";
import { checkGolden, type GoldenCheck } from "./golden.js";
import type { InferOptions } from "./infer.js";

/** What {@link checkBundle} found. */
export interface BundleCheck {
  /** Size and hash of each file. */
  readonly files: readonly FileCheck[];
  /** Null where a file is not well, or the bundle has no golden windows. */
  readonly golden: GoldenCheck | null;
  readonly ok: boolean;
  /** Who has signed it; undefined where nobody has, and where a file is not well. */
  readonly signedBy: Signer | undefined;
}

export interface CheckOptions extends Pick<InferOptions, "threads" | "precision" | "signal" | "onProgress"> {
  /** Share of a stage's largest value; that of the bundle by default. */
  tolerance?: number;
  /** Whose bundles are taken; everybody's by default. */
  trust?: Trust;
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
  if (!files.every(({ ok }) => ok)) return { files, golden: null, ok: false, signedBy: undefined };
  const { tolerance, trust, ...inference } = options;
  const bundle = await loadBundle(path, trust ? { trust } : {});
  const { signedBy } = bundle;
  const { golden } = bundle.manifest;
  if (golden === null) return { files, golden: null, ok: true, signedBy };
  const content = (await bundleContent(path)).files[golden.file]!;
  const check = await checkGolden(bundle, content, golden.file, {
    ...inference,
    tolerance: tolerance ?? golden.tolerance,
  });
  return { files, golden: check, ok: check.ok, signedBy };
}
