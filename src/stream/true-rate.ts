import type { TimingReport } from "./timing.js";

/** A rate so near to the claimed one is taken to be it: it shifts frequencies by less than any model can tell. */
const NEAR = 0.003;
/** Measured rates are rounded to this share of the claimed one, so that resampling has a ratio of small numbers. */
const STEP = 1e-3;

/**
 * The sample rate to reckon with, Hz: what the device claims, or where that is wrong by more than 0.3 % what was found, to 0.1 %.
 *
 * @param current the rate that is in use: it stays where it is as near
 */
export function trueRate(
  { rate, nominalRate, rateError }: Pick<TimingReport, "rate" | "nominalRate" | "rateError">,
  current = nominalRate,
): number {
  if (rateError === null || Math.abs(rate / current - 1) <= NEAR) return current;
  if (Math.abs(rate / nominalRate - 1) <= NEAR) return nominalRate;
  return Math.round(rate / (nominalRate * STEP)) * STEP * nominalRate;
}
