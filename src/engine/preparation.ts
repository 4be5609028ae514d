import type { Bundle } from "../bundle/index.js";
import { BioxError } from "../errors.js";
import { compilePreparation, type Preparation, type Step } from "../prepare/index.js";

/** A bundle's preparation for samples of a certain rate. */
export interface SourcePreparation {
  readonly preparation: Preparation;
  /** True where filters keep their state from window to window. */
  readonly causal: boolean;
  /** Says that samples of another rate than the bundle's are resampled first. */
  readonly note: string | undefined;
}

/**
 * Compiles a bundle's steps for a source's rate.
 *
 * Steps that begin by resampling take any rate as it is. Others state what they do at the bundle's own rate, so samples of another rate are
 * brought to it first, window by window; that is not possible where a filter keeps its state across windows.
 *
 * @throws BioxError PREPARE_INVALID
 */
export function prepareFor(bundle: Pick<Bundle, "manifest" | "steps">, rate: number): SourcePreparation {
  const { new: modality, window } = bundle.manifest;
  const causal = bundle.steps.some((step) => "mode" in step && step.mode === "causal");
  const shape = { channels: modality.channels.length, samples: Math.round(window.seconds * rate), rate };
  if (rate === modality.rate || bundle.steps[0]?.step === "resample")
    return { preparation: compilePreparation(bundle.steps, shape), causal, note: undefined };
  if (causal)
    throw new BioxError(
      "PREPARE_INVALID",
      `The source has ${rate} Hz, but bundle '${bundle.manifest.name}' filters continuously at ${modality.rate} Hz.`,
      `Use a source of ${modality.rate} Hz.`,
    );
  const samples = Math.round(window.seconds * modality.rate);
  const first: Step = { step: "resample", method: "polyphase", padding: "mean", samples };
  return {
    preparation: compilePreparation([first, ...bundle.steps], shape),
    causal,
    note: `resampled from ${rate} to ${modality.rate} Hz`,
  };
}
