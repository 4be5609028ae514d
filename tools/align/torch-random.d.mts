/** The random numbers of PyTorch on a CPU. */
export class TorchRandom {
  constructor(seed: number);
  bits(): number;
  permutation(count: number): Int32Array;
  uniform(count: number, from: number, to: number): Float32Array;
  normal(count: number): Float32Array;
}
