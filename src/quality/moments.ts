/**
 * Skewness m3 / m2^1.5 (scipy.stats.skew). Of a clean pulse wave it is above 0: Elgendi, Optimal signal quality index for
 * photoplethysmogram signals, Bioengineering 3(4), 2016. 0 for a constant signal.
 */
export function skewness(x: Float64Array): number {
  let mean = 0;
  for (let i = 0; i < x.length; i++) mean += x[i]! / x.length;
  let m2 = 0;
  let m3 = 0;
  for (let i = 0; i < x.length; i++) {
    const d = x[i]! - mean;
    m2 += (d * d) / x.length;
    m3 += (d * d * d) / x.length;
  }
  return m2 > 0 ? m3 / m2 ** 1.5 : 0;
}
