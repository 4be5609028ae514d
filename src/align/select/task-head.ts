import { LinearProbe } from "../../bridge/index.js";
import { BioxError } from "../../errors.js";
import type { PooledFeatures } from "./cka.js";
import type { Tap, TapResults } from "./tapped-model.js";

/** Weights of a task head: weight [K, D] and bias [K]. */
export interface HeadWeights {
  readonly weight: Float32Array;
  readonly bias: Float32Array;
}

/** Gives the old model's answer to a window, which stands in for a label: the class of the largest score. */
export class TaskHead {
  readonly #probe: LinearProbe | undefined;

  /**
   * @param tap the output that holds the scores, or with a head what the head takes the mean over time of
   * @param file the model, for messages
   * @param head for a model that ends at its last block
   */
  constructor(
    readonly tap: Tap,
    private readonly file: string,
    head?: HeadWeights,
  ) {
    this.#probe = head && new LinearProbe(head.weight, head.bias);
  }

  /** @throws BioxError MODEL_FAILED, INVALID_ARGUMENT when the output is none of scores, or does not fit the head */
  classOf(results: TapResults): number {
    const scores = this.#probe ? this.#headed(results, this.#probe) : this.#own(results);
    let best = 0;
    for (let k = 1; k < scores.length; k++) if (scores[k]! > scores[best]!) best = k;
    if (scores.every(Number.isFinite)) return best;
    throw new BioxError("MODEL_FAILED", `${this.file} gives a score that is not finite.`, "Look at the model's input.");
  }

  #headed(results: TapResults, probe: LinearProbe): Float32Array {
    const pooled: PooledFeatures = results.pool(this.tap, undefined, 0, 1);
    if (pooled.columns !== probe.features)
      throw this.#misfit(`the head takes ${probe.features} features, but '${this.tap.tensor}' has ${pooled.columns}`);
    const logits = new Float32Array(probe.classes);
    probe.run(pooled.values, logits);
    return logits;
  }

  #own(results: TapResults): Float32Array {
    const dims = results.dims(this.tap.tensor);
    if (dims.slice(0, -1).every((extent) => extent === 1) && (dims.at(-1) ?? 0) > 1)
      return results.values(this.tap.tensor);
    throw this.#misfit(`'${this.tap.tensor}' is [${dims.join(", ")}], which is no list of class scores`);
  }

  #misfit(problem: string): BioxError {
    return new BioxError(
      "INVALID_ARGUMENT",
      `${this.file}: ${problem}.`,
      "Name the output with --old-output; for a model that ends at its last block give its task head with --probe.",
    );
  }
}
