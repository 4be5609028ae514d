function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/**
 * Taps of a linear-phase FIR filter by the window method: scipy.signal.firwin with its default scaling.
 *
 * The pass band is `low` to `high`, as shares of the Nyquist frequency: 0 to c is a low-pass, c to 1 a high-pass (which
 * needs an odd number of taps). The gain is exactly 1 at 0, at 1, or at the middle of the band, in this order.
 */
export function firwin(window: Float64Array, low: number, high: number): Float64Array {
  const centre = (window.length - 1) / 2;
  const taps = window.map((weight, n) => {
    const m = n - centre;
    return weight * (high * sinc(high * m) - low * sinc(low * m));
  });
  const unity = low === 0 ? 0 : high === 1 ? 1 : (low + high) / 2;
  let gain = 0;
  for (let n = 0; n < taps.length; n++) gain += taps[n]! * Math.cos(Math.PI * (n - centre) * unity);
  return taps.map((tap) => tap / gain);
}
