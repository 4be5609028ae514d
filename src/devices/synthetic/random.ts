/** Numbers from 0 up to but not including 1, the same for the same seed: Marsaglia's xorshift32 (J. Stat. Soft. 8(14), 2003). */
export function seededUniform(seed: number): () => number {
  let state = Math.imul(seed, 2654435761) >>> 0 || 1;
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

/** A number from 0 up to but not including 1 that belongs to these whole numbers: the finalizer of MurmurHash3 over each in turn. */
export function uniformOf(...numbers: readonly number[]): number {
  let hash = 0;
  for (const number of numbers) {
    hash = Math.imul(hash ^ number, 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    hash ^= hash >>> 16;
  }
  return (hash >>> 0) / 2 ** 32;
}
