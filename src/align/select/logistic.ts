import { gram } from "../../bridge/index.js";
import { BioxError, invalidArgument } from "../../errors.js";
import { cholesky, solveLower, solveUpper } from "./cholesky.js";

import { minimise, type Objective } from "./lbfgs.js";

/** A linear classifier: the class with the largest of `weight features + bias`. */
export interface LogisticModel {
  /** Labels that occurred, ascending; one row of `weight` each. */
  readonly classes: readonly number[];
  /** [classes, columns] row-major. */
  readonly weight: Float64Array;
  readonly bias: Float64Array;
  readonly iterations: number;
}

const ITERATIONS = 5000;
/** Distance to the optimum, relative to the weights' norm, at which the search ends. */
const TOLERANCE = 1e-7;

/**
 * Multinomial logistic regression with an L2 penalty: minimises C * sum of cross-entropies + |weight|^2 / 2, the bias unpenalised.
 * That is what scikit-learn's `LogisticRegression(C=C)` minimises; with two classes it has one vector of weights, which here is the
 * difference of the two rows. The penalty makes the optimum unique, and the search goes on until it is reached.
 *
 * @param features [rows, columns] row-major, finite, taken as they are (no scaling)
 * @param labels one a row
 * @param C weight of the data against the penalty, above 0
 * @throws BioxError INVALID_ARGUMENT where labels are of one class only, or lengths do not fit; MODEL_FAILED where the search does not end
 */
export function fitLogistic(features: Float32Array, labels: ArrayLike<number>, columns: number, C = 1): LogisticModel {
  const rows = labels.length;
  if (rows * columns !== features.length)
    throw invalidArgument("features", `[${rows}, ${columns}], ${rows * columns} numbers`, features);
  if (!(C > 0 && C < Number.POSITIVE_INFINITY)) throw invalidArgument("C", "a number above 0", C);
  const classes = [...new Set(Array.from(labels))].sort((a, b) => a - b);
  if (classes.length < 2) throw invalidArgument("labels", "of two classes at least", classes[0]);
  const problem = new Problem(features, labels, classes, columns, C);
  const start = new Float64Array(problem.vectors * (columns + 1));
  const found = minimise(problem.objective, start, problem.near, ITERATIONS);
  if (!found.converged)
    throw new BioxError(
      "MODEL_FAILED",
      `Logistic regression did not converge within ${found.iterations} steps on ${rows} windows of ${columns} features.`,
      "Features of very different sizes do that: look at the model's outputs.",
    );
  return { classes, ...problem.solution(found.x), iterations: found.iterations };
}

/** The label of each row of `features` [rows, columns]. */
export function predictLogistic(model: LogisticModel, features: Float32Array): Int32Array {
  const { classes, weight, bias } = model;
  const columns = weight.length / classes.length;
  return Int32Array.from({ length: features.length / columns }, (_, row) => {
    let best = 0;
    let largest = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < classes.length; k++) {
      let score = bias[k]!;
      for (let j = 0; j < columns; j++) score += weight[k * columns + j]! * features[row * columns + j]!;
      if (score > largest) [best, largest] = [k, score];
    }
    return classes[best]!;
  });
}

/**
 * The regression in coordinates in which it is easy. Pooled features are nearly one direction, so that the plain problem is badly
 * conditioned. The second derivative is at most M = C k X^T X + I with centred X and k = (1 - 1/K) / 2 (Boehning 1992); with M = L L^T
 * the weights are w = L^-T v and the rows are L^-1 x, in which it is at most the identity. Nothing of the optimum changes.
 */
class Problem {
  /** Vectors of weights: one for each class; two classes need only one, for the second. */
  readonly vectors: number;
  readonly #rows: number;
  readonly #L: Float64Array;
  readonly #mean: Float64Array;
  /** L^-1 (x - mean), [rows, columns] */
  readonly #z: Float64Array;
  readonly #scores: Float64Array;
  readonly #target: Int32Array;
  readonly #biasScale: number;

  constructor(
    features: Float32Array,
    labels: ArrayLike<number>,
    private readonly classes: readonly number[],
    private readonly columns: number,
    private readonly C: number,
  ) {
    const rows = labels.length;
    this.#rows = rows;
    this.vectors = classes.length === 2 ? 1 : classes.length;
    const curvature = (C * (1 - 1 / classes.length)) / 2;
    const { meanX: mean, product } = gram(features, columns, features, columns, rows);
    this.#mean = mean;
    this.#L = product.map((value) => value * curvature);
    for (let i = 0; i < columns; i++) this.#L[i * (columns + 1)]! += 1;
    cholesky(this.#L, columns);
    this.#z = new Float64Array(rows * columns);
    for (let i = 0; i < this.#z.length; i++) this.#z[i] = features[i]! - mean[i % columns]!;
    for (let row = 0; row < rows; row++) solveLower(this.#L, columns, this.#z, row * columns);
    this.#biasScale = 1 / Math.sqrt(curvature * rows);
    this.#scores = new Float64Array(classes.length);
    this.#target = Int32Array.from({ length: rows }, (_, row) => classes.indexOf(labels[row]!));
  }

  /** Of v and the scaled biases, [vectors, columns + 1]. */
  readonly objective: Objective = (x, gradient) => {
    const { columns, vectors, C } = this;
    const z = this.#z;
    const scores = this.#scores;
    const offset = scores.length - vectors;
    const stride = columns + 1;
    gradient.fill(0);
    let loss = 0;
    for (let row = 0; row < this.#rows; row++) {
      scores[0] = 0;
      for (let k = 0; k < vectors; k++) {
        let score = x[k * stride + columns]! * this.#biasScale;
        for (let j = 0; j < columns; j++) score += x[k * stride + j]! * z[row * columns + j]!;
        scores[k + offset] = score;
      }
      const target = this.#target[row]!;
      loss -= scores[target]! - logSumExp(scores);
      for (let k = 0; k < vectors; k++) {
        const error = C * (scores[k + offset]! - (target === k + offset ? 1 : 0));
        gradient[k * stride + columns]! += error * this.#biasScale;
        for (let j = 0; j < columns; j++) gradient[k * stride + j]! += error * z[row * columns + j]!;
      }
    }
    let penalty = 0;
    for (let k = 0; k < vectors; k++) {
      const w = x.slice(k * stride, k * stride + columns);
      solveUpper(this.#L, columns, w);
      for (const value of w) penalty += value * value;
      solveLower(this.#L, columns, w);
      for (let j = 0; j < columns; j++) gradient[k * stride + j]! += w[j]!;
    }
    return C * loss + penalty / 2;
  };

  /** In the weights' own coordinates the gradient's norm bounds the distance to the optimum, since the penalty curves by 1 everywhere. */
  readonly near = (x: Float64Array, gradient: Float64Array): boolean => {
    const { columns, vectors } = this;
    const stride = columns + 1;
    let distance = 0;
    let size = 0;
    for (let k = 0; k < vectors; k++) {
      const w = x.slice(k * stride, k * stride + columns);
      solveUpper(this.#L, columns, w);
      for (const value of w) size += value * value;
      distance += gradient[k * stride + columns]! ** 2;
      for (let i = 0; i < columns; i++) {
        let sum = 0;
        for (let j = 0; j <= i; j++) sum += this.#L[i * columns + j]! * gradient[k * stride + j]!;
        distance += sum * sum;
      }
    }
    return Math.sqrt(distance) <= TOLERANCE * Math.max(1, Math.sqrt(size));
  };

  /** The weights and biases of a point, for features as they are. */
  solution(x: Float64Array): { weight: Float64Array; bias: Float64Array } {
    const { columns, vectors } = this;
    const weight = new Float64Array(vectors * columns);
    const bias = new Float64Array(vectors);
    for (let k = 0; k < vectors; k++) {
      const stride = k * (columns + 1);
      weight.set(x.subarray(stride, stride + columns), k * columns);
      solveUpper(this.#L, columns, weight, k * columns);
      bias[k] = x[stride + columns]! * this.#biasScale;
      for (let j = 0; j < columns; j++) bias[k]! -= weight[k * columns + j]! * this.#mean[j]!;
    }
    if (vectors === this.classes.length) return { weight, bias };
    const halves = (values: Float64Array): Float64Array =>
      Float64Array.from([...values.map((value) => -value / 2), ...values.map((value) => value / 2)]);
    return { weight: halves(weight), bias: halves(bias) };
  }
}

/** Returns log(sum(exp(scores))) and makes scores probabilities. */
function logSumExp(scores: Float64Array): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (const score of scores) if (score > largest) largest = score;
  let sum = 0;
  for (let k = 0; k < scores.length; k++) {
    scores[k] = Math.exp(scores[k]! - largest);
    sum += scores[k]!;
  }
  for (let k = 0; k < scores.length; k++) scores[k]! /= sum;
  return largest + Math.log(sum);
}
