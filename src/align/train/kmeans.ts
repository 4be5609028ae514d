import type { Random } from "./random.js";

const ROUNDS = 20;

/**
 * Centres of `count` clusters: k-means++ (Arthur and Vassilvitskii, 2007) and at most 20 rounds of Lloyd's algorithm.
 *
 * @param points [n, width], n at least `count`
 * @returns [count, width]; a cluster that has lost its points keeps its centre
 */
export function kmeans(points: Float32Array, width: number, count: number, random: Random): Float32Array {
  const n = points.length / width;
  const centres = new Float32Array(count * width);
  const nearest = new Float64Array(n).fill(Number.POSITIVE_INFINITY);
  const owner = new Int32Array(n);
  for (let k = 0; k < count; k++) {
    const chosen = k === 0 ? random.below(n) : pick(nearest, random);
    centres.set(points.subarray(chosen * width, (chosen + 1) * width), k * width);
    for (let i = 0; i < n; i++) {
      const away = squaredDistance(points, i * width, centres, k * width, width);
      if (away < nearest[i]!) {
        nearest[i] = away;
        owner[i] = k;
      }
    }
  }
  for (let round = 0; round < ROUNDS; round++) {
    moveCentres(points, width, owner, centres);
    if (!assign(points, width, owner, centres)) break;
  }
  return centres;
}

/** An index drawn with the given weights; any where all are zero. */
function pick(weights: Float64Array, random: Random): number {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let left = random.uniform() * total;
  for (let i = 0; i < weights.length; i++) {
    left -= weights[i]!;
    if (left < 0) return i;
  }
  return random.below(weights.length);
}

function moveCentres(points: Float32Array, width: number, owner: Int32Array, centres: Float32Array): void {
  const sums = new Float64Array(centres.length);
  const sizes = new Int32Array(centres.length / width);
  for (let i = 0; i < owner.length; i++) {
    const k = owner[i]!;
    sizes[k]!++;
    for (let c = 0; c < width; c++) sums[k * width + c]! += points[i * width + c]!;
  }
  for (let at = 0; at < sums.length; at++) {
    const size = sizes[Math.floor(at / width)]!;
    if (size > 0) centres[at] = sums[at]! / size;
  }
}

/** Gives each point to the nearest centre; false when none changed. */
function assign(points: Float32Array, width: number, owner: Int32Array, centres: Float32Array): boolean {
  let changed = false;
  for (let i = 0; i < owner.length; i++) {
    let best = owner[i]!;
    let least = squaredDistance(points, i * width, centres, best * width, width);
    for (let k = 0; k < centres.length / width; k++) {
      const away = squaredDistance(points, i * width, centres, k * width, width);
      if (away < least) [least, best] = [away, k];
    }
    if (best !== owner[i]) changed = true;
    owner[i] = best;
  }
  return changed;
}

function squaredDistance(a: Float32Array, i: number, b: Float32Array, j: number, width: number): number {
  let sum = 0;
  for (let c = 0; c < width; c++) sum += (a[i + c]! - b[j + c]!) ** 2;
  return sum;
}
