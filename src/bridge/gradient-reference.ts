/**
 * The specification of the bridge's gradients, in float64: the chain rule through h = A x, w = reshape(B h, [P, T]),
 * Z = prototypes w as it is written. The native gradients are tested against it; nothing else calls it.
 */
import type { BridgeGradientSpec } from "./gradient.js";

type Numbers = Float32Array | Float64Array;

interface Weights<T> {
  A: T;
  B: T;
  prototypes: T;
}

/**
 * @param x [N, C_in]
 * @param dOut the loss's gradient by the bridge's output [N, T, C_out] (tokens-first) or [N, C_out, T]
 * @returns the loss's gradients by the weights, in their shapes
 */
export function bridgeGradientReference(
  weights: Weights<Numbers>,
  spec: BridgeGradientSpec,
  x: Numbers,
  dOut: Numbers,
): Weights<Float64Array> {
  const { channelsIn, rank, prototypes: P, tokens: T, width } = spec;
  const { A, B, prototypes } = weights;
  const dA = new Float64Array(A.length);
  const dB = new Float64Array(B.length);
  const dPrototypes = new Float64Array(prototypes.length);
  for (let n = 0; n < x.length / channelsIn; n++) {
    const h = new Float64Array(rank);
    for (let k = 0; k < rank; k++)
      for (let i = 0; i < channelsIn; i++) h[k]! += A[k * channelsIn + i]! * x[n * channelsIn + i]!;
    const dh = new Float64Array(rank);
    for (let p = 0; p < P; p++)
      for (let t = 0; t < T; t++) {
        const row = (p * T + t) * rank;
        let w = 0;
        for (let k = 0; k < rank; k++) w += B[row + k]! * h[k]!;
        let dw = 0;
        for (let c = 0; c < width; c++) {
          const dz = dOut[n * T * width + (spec.targetLayout === "tokens-first" ? t * width + c : c * T + t)]!;
          dPrototypes[c * P + p]! += dz * w;
          dw += prototypes[c * P + p]! * dz;
        }
        for (let k = 0; k < rank; k++) {
          dB[row + k]! += dw * h[k]!;
          dh[k]! += dw * B[row + k]!;
        }
      }
    for (let k = 0; k < rank; k++)
      for (let i = 0; i < channelsIn; i++) dA[k * channelsIn + i]! += dh[k]! * x[n * channelsIn + i]!;
  }
  return { A: dA, B: dB, prototypes: dPrototypes };
}
