/**
 * Ricker wavelets (negative second derivatives of a Gaussian) as the kernels of a continuous wavelet transform:
 * 2 / (sqrt(3 a) pi^(1/4)) (1 - t^2 / a^2) exp(-t^2 / (2 a^2)) for each scale a, t in samples from the middle.
 *
 * @returns [scales, length], row-major
 */
export function rickerKernels(scales: readonly number[], length: number): Float32Array {
  const kernels = new Float32Array(scales.length * length);
  for (const [row, a] of scales.entries()) {
    const amplitude = 2 / (Math.sqrt(3 * a) * Math.PI ** 0.25);
    for (let i = 0; i < length; i++) {
      const squared = ((i - (length - 1) / 2) / a) ** 2;
      kernels[row * length + i] = amplitude * (1 - squared) * Math.exp(-squared / 2);
    }
  }
  return kernels;
}
