/** Numbers of a fixed pseudo-random sequence, evenly spread over -scale to scale: the same for the same seed everywhere. */
export function sequence(length: number, seed: number, scale = 1): Float32Array {
  let state = (seed * 2654435761) >>> 0;
  return Float32Array.from({ length }, () => {
    // Constants of Numerical Recipes' 32-bit linear congruential generator.
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state / 2 ** 31 - 1) * scale;
  });
}
