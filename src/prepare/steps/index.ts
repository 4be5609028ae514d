import type { StepDefinition } from "../step.js";
import { type BandpassStep, bandpass } from "./bandpass.js";
import { type CastStep, cast } from "./cast.js";
import { type ClipStep, clip } from "./clip.js";
import { type DetrendStep, detrend } from "./detrend.js";
import { type ExpandChannelsStep, expandChannels } from "./expand-channels.js";
import { type FirStep, fir } from "./fir.js";
import { type HighpassStep, highpass } from "./highpass.js";
import { type LowpassStep, lowpass } from "./lowpass.js";
import { type MinmaxStep, minmax } from "./minmax.js";
import { type MovingMeanBandStep, movingMeanBand } from "./moving-mean-band.js";
import { type NotchStep, notch } from "./notch.js";
import { type PatchStep, patch } from "./patch.js";
import { type QuantiseStep, quantise } from "./quantise.js";
import { type ResampleStep, resample } from "./resample.js";
import { type ScaleStep, scale } from "./scale.js";
import { type ZscoreStep, zscore } from "./zscore.js";

/** One step of a preparation with all its parameters, told apart by `step`. */
export type Step =
  | ResampleStep
  | BandpassStep
  | LowpassStep
  | HighpassStep
  | FirStep
  | NotchStep
  | DetrendStep
  | MovingMeanBandStep
  | ZscoreStep
  | MinmaxStep
  | QuantiseStep
  | ScaleStep
  | ClipStep
  | PatchStep
  | ExpandChannelsStep
  | CastStep;

const ALL: readonly StepDefinition<Step>[] = [
  resample,
  bandpass,
  lowpass,
  highpass,
  fir,
  notch,
  detrend,
  movingMeanBand,
  zscore,
  minmax,
  quantise,
  scale,
  clip,
  patch,
  expandChannels,
  cast,
];

export const STEP_DEFINITIONS: ReadonlyMap<string, StepDefinition<Step>> = new Map(
  ALL.map((definition) => [definition.step, definition]),
);
