import { list, misfit, WeightFile } from "./tensors.js";

/** The task head: `logits = weight * mean over tokens + bias`. */
export interface ProbeWeights {
  /** [classes, width], row-major. */
  readonly weight: Float32Array;
  /** [classes]. */
  readonly bias: Float32Array;
  /** K: number of labels. */
  readonly classes: number;
  /** D: width of the last block's output. */
  readonly width: number;
}

/**
 * Reads `probe.safetensors` (`weight` [K, D], `bias` [K]).
 *
 * @throws BioxError FILE_INVALID, BUNDLE_INVALID, or BUNDLE_SHAPE when they do not fit one another or the labels
 */
export function readProbeWeights(bytes: Uint8Array, file: string, labels: number): ProbeWeights {
  const content = new WeightFile(bytes, file);
  const weight = content.weight("weight", ["K", "D"]);
  const bias = content.weight("bias", ["K"]);
  const [classes, width] = weight.shape as [number, number];
  if (classes !== labels)
    throw misfit(
      file,
      `expected weight [K, D] to have one row for each of the ${labels} labels, but it is ${list(weight.shape)}`,
    );
  if (bias.shape[0] !== classes)
    throw misfit(
      file,
      `expected bias to have ${classes} elements, one for each row of weight, but it is ${list(bias.shape)}`,
    );
  return { weight: weight.data, bias: bias.data, classes, width };
}
