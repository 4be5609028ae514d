import { type FeatureLayout, LinearProbe, poolMean } from "../../bridge/index.js";
import { BioxError } from "../../errors.js";
import type { Model } from "../../onnx/index.js";
import { layoutOf } from "./layout.js";
import type { Outputs } from "./model-run.js";
import { channelsOf } from "./pooled.js";

/** Weights of a task head: weight [K, D] and bias [K]. */
export interface HeadWeights {
  readonly weight: Float32Array;
  readonly bias: Float32Array;
}

export interface TaskHeadOptions {
  /** Output with the class scores; default "logits", or the only one. */
  readonly output?: string | undefined;
  /** For a model that ends at its last block, [1, tokens, D]: applied to the mean over tokens. */
  readonly head?: HeadWeights | undefined;
  /** Number of classes, where it is known: an output of just so many numbers then holds the scores, `head` or not. */
  readonly classes?: number;
}

/** Makes class scores of what a whole model gives. */
export class TaskHead {
  /** The output that it looks at. */
  readonly output: string;
  readonly #layout: FeatureLayout;
  readonly #probe: LinearProbe | undefined;
  readonly #classes: number | undefined;

  /**
   * @param name what messages call the model
   * @throws BioxError ONNX_INVALID when it has no such output
   */
  constructor(
    model: Model,
    private readonly name: string,
    { output, head, classes }: TaskHeadOptions,
  ) {
    const names = model.graph!.output.map((one) => one.name);
    this.output = output ?? (names.length === 1 ? names[0]! : "logits");
    if (!names.includes(this.output))
      throw new BioxError(
        "ONNX_INVALID",
        `${name} has no output '${this.output}'; it has ${names.join(", ")}.`,
        "Name the one with the class scores with --old-output.",
      );
    this.#layout = layoutOf(model, this.output);
    this.#probe = head && new LinearProbe(head.weight, head.bias);
    this.#classes = classes;
  }

  /** Class scores [K] of one run. @throws BioxError ONNX_INVALID when the output is none of scores, or does not fit the head */
  scores(outputs: Outputs): Float32Array {
    const { data, shape } = outputs[this.output]!;
    if (this.#classes === undefined ? !this.#probe && isList(shape) : data.length === this.#classes) return data;
    if (!this.#probe) throw this.#misfit(shape, this.#classes === undefined ? "no list of class scores" : undefined);
    const width = channelsOf(shape, this.#layout);
    if (width === this.#probe.features) return probeScores(this.#probe, data, shape.length < 3 ? "NTC" : this.#layout);
    throw this.#misfit(shape, `of ${width} features, but the head takes ${this.#probe.features}`);
  }

  #misfit(shape: readonly number[], what = `not the scores of ${this.#classes} classes`): BioxError {
    return new BioxError(
      "ONNX_INVALID",
      `${this.name}: '${this.output}' is [${shape.join(", ")}], which is ${what}.`,
      "Name the output with --old-output; a model that ends at its last block needs its task head.",
    );
  }
}

/** Class scores [K] of a task head on the mean over tokens. */
export function probeScores(probe: LinearProbe, tokens: Float32Array, layout: FeatureLayout = "NTC"): Float32Array {
  const pooled = new Float32Array(probe.features);
  poolMean(tokens, pooled, probe.features, layout);
  const scores = new Float32Array(probe.classes);
  probe.run(pooled, scores);
  return scores;
}

/** Whether extents are those of one list: [1, ..., K]. */
function isList(shape: readonly number[]): boolean {
  return (shape.at(-1) ?? 0) > 1 && shape.slice(0, -1).every((extent) => extent === 1);
}
