import { type FeatureLayout, poolMean } from "../../bridge/index.js";
import type { Outputs } from "./model-run.js";

/** Channels of a tensor [..., time, channels] or [..., channels, time]; of one without time, all of its last extent. */
export function channelsOf(shape: readonly number[], layout: FeatureLayout): number {
  return shape.at(timeFirst(shape, layout) ? -1 : -2) ?? 1;
}

/** Writes the mean over time of one output, [channels]. */
export function poolInto(pooled: Float32Array, { data, shape }: Outputs[string], layout: FeatureLayout): void {
  poolMean(data, pooled, pooled.length, timeFirst(shape, layout) ? "NTC" : "NCT");
}

const timeFirst = (shape: readonly number[], layout: FeatureLayout): boolean => shape.length < 3 || layout === "NTC";
