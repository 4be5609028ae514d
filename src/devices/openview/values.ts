/** Ranges that values of these boards must keep to: the frame has no check sum. */

/** Beats a minute above which no heart and no sensor goes. */
const HIGHEST_RATE = 250;

export function isSpo2(value: number): boolean {
  return value <= 100;
}

export function isPulseRate(value: number): boolean {
  return value <= HIGHEST_RATE;
}
