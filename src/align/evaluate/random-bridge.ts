import type { BridgeShape, BridgeWeights } from "../../bundle/index.js";
import { seededUniform } from "../../devices/synthetic/random.js";

/** Spread of B: large enough that the upper half sees more than zeros. */
const B_DEVIATION = 0.02;

/**
 * A bridge that has learned nothing: A Kaiming-uniform with a = sqrt 5 (evenly within 1 / sqrt C_in), B normal with a
 * deviation of 0.02, prototypes standard normal.
 */
export function randomBridge(
  { channelsIn, rank, prototypes, tokens, width }: BridgeShape,
  seed: number,
): BridgeWeights {
  const next = seededUniform(seed);
  const bound = 1 / Math.sqrt(channelsIn);
  const normal = (deviation: number): number =>
    // Box and Muller 1958; 1 - u is never 0.
    deviation * Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  return {
    A: Float32Array.from({ length: rank * channelsIn }, () => (2 * next() - 1) * bound),
    B: Float32Array.from({ length: prototypes * tokens * rank }, () => normal(B_DEVIATION)),
    prototypes: Float32Array.from({ length: width * prototypes }, () => normal(1)),
  };
}
