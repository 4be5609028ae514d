/** To thousandths: microseconds of a time in ms. */
export function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
