/** Settings of Adam; defaults are those of the method's paper and of PyTorch. */
export interface AdamOptions {
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
}

/**
 * Adam (Kingma and Ba, 2015) in the form of PyTorch's torch.optim.Adam: the bias of the second moment is corrected
 * before epsilon is added. Moments are float32, arithmetic in between float64.
 */
export class Adam {
  /** First and second moments, one array a parameter; part of a checkpoint. */
  readonly first: readonly Float32Array[];
  readonly second: readonly Float32Array[];
  /** Steps taken. */
  steps = 0;
  readonly #beta1: number;
  readonly #beta2: number;
  readonly #epsilon: number;

  constructor(
    private readonly parameters: readonly Float32Array[],
    { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 }: AdamOptions = {},
  ) {
    this.first = parameters.map(({ length }) => new Float32Array(length));
    this.second = parameters.map(({ length }) => new Float32Array(length));
    this.#beta1 = beta1;
    this.#beta2 = beta2;
    this.#epsilon = epsilon;
  }

  /** One step down the gradients, which are as long as the parameters. */
  step(gradients: readonly Float32Array[], rate: number): void {
    this.steps++;
    const beta1 = this.#beta1;
    const beta2 = this.#beta2;
    const epsilon = this.#epsilon;
    const size = rate / (1 - beta1 ** this.steps);
    const spread = 1 / Math.sqrt(1 - beta2 ** this.steps);
    for (const [p, values] of this.parameters.entries()) {
      const gradient = gradients[p]!;
      const m = this.first[p]!;
      const v = this.second[p]!;
      for (let i = 0; i < values.length; i++) {
        const g = gradient[i]!;
        const mean = m[i]! + (g - m[i]!) * (1 - beta1);
        const square = v[i]! * beta2 + g * g * (1 - beta2);
        m[i] = mean;
        v[i] = square;
        values[i] = values[i]! - (size * mean) / (Math.sqrt(square) * spread + epsilon);
      }
    }
  }
}

/** How the learning rate goes over the steps: as it is, or down along half a cosine wave to 0 (Loshchilov and Hutter, 2017). */
export type Schedule = "constant" | "cosine";
export const SCHEDULES: readonly Schedule[] = ["constant", "cosine"];

/** The learning rate of step `step` of `total`, counted from 0. */
export function rateAt(schedule: Schedule, rate: number, step: number, total: number): number {
  return schedule === "constant" ? rate : (rate / 2) * (1 + Math.cos((Math.PI * step) / total));
}
