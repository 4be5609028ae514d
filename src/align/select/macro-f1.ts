/**
 * F1 of each class that occurs in either list, averaged without weights, as scikit-learn's `f1_score(average="macro")`: a class
 * that was never right counts 0.
 */
export function macroF1(truth: ArrayLike<number>, predicted: ArrayLike<number>): number {
  const counts = new Map<number, { right: number; total: number }>();
  const count = (label: number, right: number): void => {
    const entry = counts.get(label) ?? { right: 0, total: 0 };
    counts.set(label, { right: entry.right + right, total: entry.total + 1 });
  };
  for (let row = 0; row < truth.length; row++) {
    count(truth[row]!, truth[row] === predicted[row] ? 1 : 0);
    count(predicted[row]!, 0);
  }
  // F1 = 2 right / (windows of the class + windows that were called so).
  let sum = 0;
  for (const { right, total } of counts.values()) sum += (2 * right) / total;
  return sum / counts.size;
}
