import type { BridgeShape, BridgeWeights, TargetLayout } from "../../bridge/index.js";
import { BioxError } from "../../errors.js";
import { symmetricEigen } from "./eigen.js";
import type { Random } from "./random.js";

/** Numbers of x^T Y that are held in memory: 512 MB. */
const MOST_PRODUCTS = 2 ** 27;

/** Rows of a regression; `target` reads row i of Y. */
export interface RegressionData {
  /** [N, C_in] */
  readonly x: Float32Array;
  target(row: number, into: Float32Array): void;
  /** Weighs rows by their length, so that all count alike: what a cosine looks at. */
  readonly equalNorms: boolean;
}

/**
 * The best linear map of rank r from x to the true input of block l, in closed form: reduced-rank regression (Izenman, 1975) with a
 * ridge. With S = x^T x / N + ridge * tr / C_in * I and G = x^T Y / N it is the map S^-1 G, projected onto the r leading eigenvectors
 * of S^-1/2 G G^T S^-1/2. There is no intercept, since the bridge has none.
 *
 * The sums over rows are made once; maps for several ridges follow from them.
 */
export class ReducedRankRegression {
  readonly #products: Float32Array;
  readonly #gram: Float64Array;
  readonly #square: Float64Array;
  readonly #trace: number;

  /** @throws BioxError INVALID_ARGUMENT when x^T Y is too large to be held */
  constructor(
    data: RegressionData,
    private readonly shape: BridgeShape,
    private readonly layout: TargetLayout,
  ) {
    const { channelsIn, tokens, width } = shape;
    const size = tokens * width;
    if (channelsIn * size > MOST_PRODUCTS)
      throw new BioxError(
        "INVALID_ARGUMENT",
        `The start 'regression' would hold ${channelsIn} x ${tokens} x ${width} numbers (channels of the new model, tokens, numbers of a token), ${megabytes(channelsIn * size)} MB, but holds ${megabytes(MOST_PRODUCTS)} MB at most.`,
        "Take --start rows or kmeans, which hold none of them, or enter the old model where it has fewer tokens.",
      );
    const rows = data.x.length / channelsIn;
    const gram = new Float64Array(channelsIn * channelsIn);
    const products = new Float32Array(channelsIn * size);
    const target = new Float32Array(size);
    const norms: number[] = [];
    for (let n = 0; n < rows; n++) {
      data.target(n, target);
      norms.push(Math.sqrt(target.reduce((sum, value) => sum + value * value, 0)));
    }
    const typical = norms.reduce((sum, norm) => sum + norm, 0) / rows;
    for (let n = 0; n < rows; n++) {
      data.target(n, target);
      const weight = data.equalNorms && norms[n]! > 0 ? typical / norms[n]! : 1;
      for (let i = 0; i < channelsIn; i++) {
        const xi = data.x[n * channelsIn + i]! / rows;
        for (let j = 0; j < channelsIn; j++) gram[i * channelsIn + j]! += xi * data.x[n * channelsIn + j]!;
        const share = xi * weight;
        const start = i * size;
        for (let d = 0; d < size; d++) products[start + d]! += share * target[d]!;
      }
    }
    this.#products = products;
    this.#gram = gram;
    this.#trace = Array.from({ length: channelsIn }, (_, i) => gram[i * channelsIn + i]!).reduce((a, b) => a + b, 0);
    this.#square = selfProduct(products, channelsIn, size);
  }

  /**
   * The map for a ridge, as weights of a bridge: A gives r uncorrelated numbers of about size 1, and what each of them stands for is
   * written as mixes of prototypes. These are the leading left singular vectors of all r matrices side by side: exact where P is at
   * least C_out, else the best P prototypes in the sense of least squares.
   *
   * @param ridge relative to the mean square of x
   * @param random for prototypes beyond C_out, which begin without use
   */
  weights(ridge: number, random: Random): BridgeWeights {
    const { channelsIn, rank, tokens, width } = this.shape;
    const regular = Float64Array.from(this.#gram);
    for (let i = 0; i < channelsIn; i++) regular[i * channelsIn + i]! += (ridge * this.#trace) / channelsIn;
    const root = inverseRoot(regular, channelsIn);
    const { vectors } = symmetricEigen(between(root, this.#square, channelsIn), channelsIn);
    const A = new Float32Array(rank * channelsIn);
    const size = tokens * width;
    const maps = new Float32Array(rank * size);
    for (let k = 0; k < Math.min(rank, channelsIn); k++)
      for (let i = 0; i < channelsIn; i++) {
        let a = 0;
        for (let j = 0; j < channelsIn; j++) a += vectors[k * channelsIn + j]! * root[j * channelsIn + i]!;
        A[k * channelsIn + i] = a;
        for (let d = 0; d < size; d++) maps[k * size + d]! += a * this.#products[i * size + d]!;
      }
    return { A, ...factor(maps, this.shape, this.layout, random) };
  }
}

const megabytes = (numbers: number): number => Math.round((4 * numbers) / 2 ** 20);

/** M_k ~ prototypes B_k for all k. */
function factor(
  maps: Float32Array,
  { rank, prototypes: P, tokens, width }: BridgeShape,
  layout: TargetLayout,
  random: Random,
): Pick<BridgeWeights, "B" | "prototypes"> {
  const size = tokens * width;
  const [ofToken, ofWidth] = layout === "tokens-first" ? [width, 1] : [1, tokens];
  const at = (k: number, c: number, t: number): number => maps[k * size + t * ofToken + c * ofWidth]!;
  const scatter = new Float64Array(width * width);
  const column = new Float64Array(width);
  for (let k = 0; k < rank; k++)
    for (let t = 0; t < tokens; t++) {
      for (let c = 0; c < width; c++) column[c] = at(k, c, t);
      for (let c = 0; c < width; c++)
        for (let d = 0; d < width; d++) scatter[c * width + d]! += column[c]! * column[d]!;
    }
  const { vectors } = symmetricEigen(scatter, width);
  const prototypes = new Float32Array(width * P);
  const B = new Float32Array(P * tokens * rank);
  for (let p = 0; p < P; p++)
    for (let c = 0; c < width; c++)
      prototypes[c * P + p] = p < width ? vectors[p * width + c]! : random.normal() / Math.sqrt(width);
  for (let p = 0; p < Math.min(P, width); p++)
    for (let t = 0; t < tokens; t++)
      for (let k = 0; k < rank; k++) {
        let b = 0;
        for (let c = 0; c < width; c++) b += vectors[p * width + c]! * at(k, c, t);
        B[(p * tokens + t) * rank + k] = b;
      }
  return { B, prototypes };
}

/** G G^T for G [n, size]. */
function selfProduct(g: Float32Array, n: number, size: number): Float64Array {
  const square = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let d = 0; d < size; d++) sum += g[i * size + d]! * g[j * size + d]!;
      square[i * n + j] = sum;
      square[j * n + i] = sum;
    }
  return square;
}

/** S^-1/2 of a positive definite matrix. */
function inverseRoot(matrix: Float64Array, n: number): Float64Array {
  const { values, vectors } = symmetricEigen(matrix, n);
  const root = new Float64Array(n * n);
  for (let k = 0; k < n; k++) {
    const scale = values[k]! > values[0]! * 1e-14 ? 1 / Math.sqrt(values[k]!) : 0;
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++) root[i * n + j]! += scale * vectors[k * n + i]! * vectors[k * n + j]!;
  }
  return root;
}

/** R Q R for symmetric R and Q. */
function between(r: Float64Array, q: Float64Array, n: number): Float64Array {
  return multiply(multiply(r, q, n), r, n);
}

function multiply(a: Float64Array, b: Float64Array, n: number): Float64Array {
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let k = 0; k < n; k++) {
      const factor = a[i * n + k]!;
      for (let j = 0; j < n; j++) out[i * n + j]! += factor * b[k * n + j]!;
    }
  return out;
}
