/**
 * `value`, or NaN for infinity. Dividing by infinity would give zeros that look like a result; NaN spreads, and the
 * runner refuses the window.
 */
export function finite(value: number): number {
  return Number.isFinite(value) ? value : Number.NaN;
}
