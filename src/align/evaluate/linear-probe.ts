import { fitLogistic, predictLogistic } from "../select/logistic.js";

/**
 * What a linear layer with labels makes of the new modality's features: logistic regression on features of which each has mean 0 and
 * deviation 1 over the training rows, with scikit-learn's default penalty.
 *
 * @param training [rows, columns]
 * @param labels one for each training row
 * @param judged [rows, columns]
 * @returns class of each judged row
 */
export function linearProbe(
  training: Float32Array,
  labels: Int32Array,
  judged: Float32Array,
  columns: number,
): Int32Array {
  const { mean, deviation } = spread(training, columns);
  const scaled = (features: Float32Array): Float32Array =>
    features.map((value, i) => (value - mean[i % columns]!) / deviation[i % columns]!);
  return predictLogistic(fitLogistic(scaled(training), labels, columns), scaled(judged));
}

function spread(features: Float32Array, columns: number): { mean: Float64Array; deviation: Float64Array } {
  const rows = features.length / columns;
  const mean = new Float64Array(columns);
  const deviation = new Float64Array(columns);
  features.forEach((value, i) => {
    mean[i % columns]! += value / rows;
  });
  features.forEach((value, i) => {
    deviation[i % columns]! += (value - mean[i % columns]!) ** 2 / rows;
  });
  // A feature that never changes stays 0.
  return { mean, deviation: deviation.map((variance) => Math.sqrt(variance) || 1) };
}
