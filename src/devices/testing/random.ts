import { seededUniform } from "../synthetic/random.js";

/** Numbers from 0 up to but not including 1, the same for the same seed. */
export type Random = () => number;

export const seeded: (seed: number) => Random = seededUniform;

/** A whole number from `low` to `high`, both included. */
export function whole(random: Random, low: number, high: number): number {
  return low + Math.floor(random() * (high - low + 1));
}
