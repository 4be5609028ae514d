/** The bridge as training sees it, in float64: tokens of one window, and what a gradient of them is for A, B and the prototypes. */

/** Row-major: A [rank, channelsIn], B [P * T, rank] with row p * T + t, prototypes [width, P]. */
export interface ChainWeights {
  readonly A: ArrayLike<number>;
  readonly B: ArrayLike<number>;
  readonly prototypes: ArrayLike<number>;
}

export interface ChainShape {
  readonly channelsIn: number;
  readonly rank: number;
  readonly count: number;
  readonly tokens: number;
  readonly width: number;
}

/** x [channelsIn] -> mixing weights w [P * T] and tokens [T, width], tokens first. */
export function bridgeForward({ A, B, prototypes }: ChainWeights, shape: ChainShape, x: ArrayLike<number>) {
  const { channelsIn, rank, count, tokens, width } = shape;
  const h = new Float64Array(rank);
  for (let k = 0; k < rank; k++) for (let i = 0; i < channelsIn; i++) h[k]! += A[k * channelsIn + i]! * x[i]!;
  const w = new Float64Array(count * tokens);
  for (let row = 0; row < w.length; row++) for (let k = 0; k < rank; k++) w[row]! += B[row * rank + k]! * h[k]!;
  const z = new Float64Array(tokens * width);
  for (let t = 0; t < tokens; t++)
    for (let c = 0; c < width; c++)
      for (let p = 0; p < count; p++) z[t * width + c]! += prototypes[c * count + p]! * w[p * tokens + t]!;
  return { h, w, z };
}

/** Adds what the gradient `g` [T, width] of the tokens of a window is for each weight to `sums`. */
export function bridgeBackward(
  { B, prototypes }: ChainWeights,
  shape: ChainShape,
  x: ArrayLike<number>,
  { h, w }: { h: Float64Array; w: Float64Array },
  g: ArrayLike<number>,
  sums: { readonly A: Float64Array; readonly B: Float64Array; readonly prototypes: Float64Array },
): void {
  const { channelsIn, rank, count, tokens, width } = shape;
  const dh = new Float64Array(rank);
  for (let p = 0; p < count; p++)
    for (let t = 0; t < tokens; t++) {
      let dw = 0;
      for (let c = 0; c < width; c++) {
        const at = g[t * width + c]!;
        dw += prototypes[c * count + p]! * at;
        sums.prototypes[c * count + p]! += w[p * tokens + t]! * at;
      }
      for (let k = 0; k < rank; k++) {
        sums.B[(p * tokens + t) * rank + k]! += dw * h[k]!;
        dh[k]! += dw * B[(p * tokens + t) * rank + k]!;
      }
    }
  for (let k = 0; k < rank; k++) for (let i = 0; i < channelsIn; i++) sums.A[k * channelsIn + i]! += dh[k]! * x[i]!;
}
