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
 * @throws BioxError PREPARE_INVALID
 */
export function prepareFor(bundle: Pick<Bundle, "manifest" | "steps">, rate: number): SourcePreparation {
  const { new: modality, window, name } = bundle.manifest;
  const signal = { channels: modality.channels.length, seconds: window.seconds, rate: modality.rate };
  return prepareAt(bundle.steps, signal, rate, `bundle '${name}'`);
}

/** In place of a bundle's preparation: the samples of a window as they are, [channels, samples] of float64. */
export function rawFor({ manifest }: Pick<Bundle, "manifest">, rate: number): SourcePreparation {
  const { new: modality, window } = manifest;
  const shape = { channels: modality.channels.length, samples: Math.round(window.seconds * rate), rate };
  const preparation = compilePreparation([{ step: "cast", dtype: "float64" }], shape);
  return { preparation, causal: false, note: undefined };
}

/**
 * Compiles steps for windows of samples of a certain rate.
 *
 * Steps that begin by resampling take any rate as it is. Others state what they do at a rate of their own, so samples of another rate are
 * brought to it first, window by window; that is not possible where a filter keeps its state across windows.
 *
 * @param signal what the steps are written for: channels, length of a window in seconds, rate in Hz
 * @param rate of the samples that there are, in Hz
 * @param owner whose steps they are, for messages
 * @throws BioxError PREPARE_INVALID
 */
export function prepareAt(
  steps: readonly Step[],
  signal: { readonly channels: number; readonly seconds: number; readonly rate: number },
  rate: number,
  owner: string,
): SourcePreparation {
  const causal = steps.some((step) => "mode" in step && step.mode === "causal");
  const shape = { channels: signal.channels, samples: Math.round(signal.seconds * rate), rate };
  if (rate === signal.rate || steps[0]?.step === "resample")
    return { preparation: compilePreparation(steps, shape), causal, note: undefined };
  if (causal)
    throw new BioxError(
      "PREPARE_INVALID",
      `The source has ${rate} Hz, but ${owner} filters continuously at ${signal.rate} Hz.`,
      `Use a source of ${signal.rate} Hz.`,
    );
  const samples = Math.round(signal.seconds * signal.rate);
  const first: Step = { step: "resample", method: "polyphase", padding: "mean", samples };
  return {
    preparation: compilePreparation([first, ...steps], shape),
    causal,
    note: `resampled from ${rate} to ${signal.rate} Hz`,
  };
}
