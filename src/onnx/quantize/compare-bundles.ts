import type { Bundle, Safetensors } from "../../bundle/index.js";
import { infer } from "../../engine/infer.js";
import { BioxError } from "../../errors.js";
import { compareResults } from "./fidelity.js";
import type { Fidelity } from "./report.js";

export interface CompareOptions {
  /** What the windows are, as for `infer`; "raw" by default. */
  readonly input?: "raw" | "prepared";
  /** Threads of ONNX Runtime; 1 by default. */
  readonly threads?: number;
  /** Told what is being done, in a phrase. */
  readonly onProgress?: (what: string) => void;
  /** Ends the work before the next window; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * Runs the same windows through two bundles and says how far their answers are apart.
 *
 * @throws BioxError FILE_INVALID when there is no window; what `infer` throws
 */
export async function compareBundles(
  before: Bundle,
  after: Bundle,
  windows: Safetensors,
  { input = "raw", threads = 1, onProgress, signal }: CompareOptions = {},
): Promise<Fidelity> {
  const results = [];
  for (const [bundle, which] of [
    [before, "old"],
    [after, "new"],
  ] as const)
    results.push(
      await infer(bundle, windows, {
        input,
        threads,
        onProgress: (done, total) => onProgress?.(`${which} bundle, window ${done} of ${total}`),
        ...(signal === undefined ? {} : { signal }),
      }),
    );
  const [old, fresh] = results as [(typeof results)[0], (typeof results)[0]];
  if (old.windows === 0)
    throw new BioxError("FILE_INVALID", "The window file has no window.", "Give recorded windows.");
  return compareResults(old, fresh);
}
