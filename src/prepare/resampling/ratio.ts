/** Largest factor by which polyphase resampling goes up or down; its filter has 20 times as many taps. */
export const LARGEST_FACTOR = 100_000;

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/** a / b of whole numbers in lowest terms. */
export function reduced(a: number, b: number): { up: number; down: number } {
  const divisor = greatestCommonDivisor(a, b);
  return { up: a / divisor, down: b / divisor };
}

/**
 * to / from as a fraction of whole numbers, by continued fractions (62.5 Hz from 125 Hz is 1 / 2); null when none with
 * both parts up to LARGEST_FACTOR is within rounding error.
 */
export function rationalRatio(to: number, from: number): { up: number; down: number } | null {
  const ratio = to / from;
  let [up0, down0, up1, down1] = [0, 1, 1, 0];
  let rest = ratio;
  for (;;) {
    const whole = Math.floor(rest);
    [up0, down0, up1, down1] = [up1, down1, whole * up1 + up0, whole * down1 + down0];
    if (!(up1 <= LARGEST_FACTOR && down1 <= LARGEST_FACTOR)) return null;
    if (up1 > 0 && Math.abs(up1 / down1 - ratio) <= 4 * Number.EPSILON * ratio) return { up: up1, down: down1 };
    rest = 1 / (rest - whole);
  }
}
