/**
 * Fills an array with numbers spread evenly over -bound to bound: Tommy Ettinger's mulberry32, a 32-bit generator of a
 * few integer operations, so that a hundred million weights take a second. The same seed gives the same numbers everywhere.
 */
export function fillUniform(values: Float32Array, seed: number, bound: number): Float32Array {
  let state = seed | 0;
  const scale = bound / 2 ** 31;
  for (let i = 0; i < values.length; i++) {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    values[i] = (mixed ^ (mixed >>> 14)) * scale;
  }
  return values;
}

/** A seed of 32 bits for a named tensor (FNV-1a), so that a weight does not depend on what else a graph holds. */
export function seedOf(name: string, seed: number): number {
  // Spread out first: near seeds would else meet near letters.
  let hash = 0x811c9dc5 ^ Math.imul(seed, 0x9e3779b1);
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash;
}
