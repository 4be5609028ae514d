/** Whether the parts of a bundle fit one another: what only the loaded halves can tell. All throw BUNDLE_SHAPE. */

import type { Bundle } from "../bundle/index.js";
import { BioxError } from "../errors.js";
import { product } from "./session.js";

/** [channels, time] of a feature map with batch 1. */
function featureSize(shape: readonly number[], layout: "NTC" | "NCT"): [number, number] {
  const total = product(shape);
  const channels = shape.at(layout === "NTC" ? -1 : -2) ?? 0;
  const time = layout === "NTC" ? total / channels : (shape.at(-1) ?? 0);
  return channels * time === total ? [channels, time] : [0, 0];
}

/** Whether the bridge can take the lower half's output, of this shape for one window. */
export function checkFeatures({ manifest, shape }: Bundle, output: readonly number[]): void {
  const [channels, time] = featureSize(output, manifest.lower.layout);
  if (channels !== shape.channelsIn || time < 1)
    throw new BioxError(
      "BUNDLE_SHAPE",
      `Output '${manifest.lower.output}' of ${manifest.lower.file} is [${output.join(", ")}] (${manifest.lower.layout}), but the bridge takes ${shape.channelsIn} channels.`,
      "Cut the lower half at the block the bridge was trained on, or correct lower.layout.",
    );
}

/** Whether the upper half's output, of this shape for one window, is what the probe takes, or has a logit for each label. */
export function checkHead(bundle: Bundle, output: readonly number[]): void {
  const { manifest, probe } = bundle;
  const classes = manifest.labels.length;
  const last = output.at(-1) ?? 0;
  const shape = `[${output.join(", ")}]`;
  if (probe && last !== probe.width)
    throw new BioxError(
      "BUNDLE_SHAPE",
      `Output '${manifest.upper.output}' of ${manifest.upper.file} is ${shape}, but the probe takes ${probe.width} channels.`,
      "Use the probe that was trained on this model.",
    );
  if (!probe && product(output) !== classes)
    throw new BioxError(
      "BUNDLE_SHAPE",
      `Output '${manifest.upper.output}' of ${manifest.upper.file} is ${shape}, but bundle.json has ${classes} labels.`,
      "Give one label for each class, or name a probe file.",
    );
}
