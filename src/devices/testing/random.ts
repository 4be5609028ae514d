/** Numbers from 0 up to but not including 1, the same for the same seed. */
export type Random = () => number;

/** Marsaglia's xorshift32 (J. Stat. Soft. 8(14), 2003): enough for test data, and the same everywhere. */
export function seeded(seed: number): Random {
  let state = (seed * 2654435761) >>> 0 || 1;
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
  for (let i = 0; i < 8; i++) next(); // small seeds begin alike
  return next;
}

/** A whole number from `low` to `high`, both included. */
export function whole(random: Random, low: number, high: number): number {
  return low + Math.floor(random() * (high - low + 1));
}
