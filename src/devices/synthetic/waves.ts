/**
 * Waves of a heart that beats evenly, for emulated devices: sums of Gaussians over the phase of a beat, as McSharry et al. (IEEE Trans.
 * Biomed. Eng. 50(3), 2003) model the ECG. They have the shape and the rate of the real ones, and no more.
 */

interface Bump {
  /** Place in the beat and width, as shares of it. */
  readonly at: number;
  readonly width: number;
  readonly height: number;
}

const PULSE: readonly Bump[] = [
  { at: 0.3, width: 0.09, height: 1 },
  { at: 0.62, width: 0.11, height: 0.35 },
];

/** P, Q, R, S and T in mV. */
const ECG: readonly Bump[] = [
  { at: 0.2, width: 0.035, height: 0.12 },
  { at: 0.355, width: 0.01, height: -0.1 },
  { at: 0.38, width: 0.012, height: 1 },
  { at: 0.405, width: 0.01, height: -0.2 },
  { at: 0.65, width: 0.06, height: 0.25 },
];

function sum(bumps: readonly Bump[], phase: number): number {
  let value = 0;
  for (const { at, width, height } of bumps) {
    // The nearest of this beat's bump and its neighbours'.
    const distance = phase - at - Math.round(phase - at);
    value += height * Math.exp((-distance * distance) / (2 * width * width));
  }
  return value;
}

/**
 * Blood volume under a light sensor, about 0 to 1.
 *
 * @param beats beats since the begin, with fractions
 */
export function pulseWave(beats: number): number {
  return sum(PULSE, beats - Math.floor(beats));
}

/** ECG in mV; an R wave of 1 mV comes before each maximum of the pulse. */
export function ecgWave(beats: number): number {
  return sum(ECG, beats - Math.floor(beats));
}
