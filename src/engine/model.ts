import { Bridge, LinearProbe, type Precision, poolMean, softmax } from "../bridge/index.js";
import type { Bundle } from "../bundle/index.js";
import { BioxError } from "../errors.js";
import type { PreparedArray, PreparedDtype } from "../prepare/index.js";
import { Half } from "./half.js";

/** Milliseconds that each stage of one window took. */
export interface StageTimes {
  lower: number;
  bridge: number;
  upper: number;
}

/** Shape and type of a prepared window, without the batch dimension. */
export interface PreparedShape {
  readonly dtype: PreparedDtype;
  readonly shape: readonly number[];
}

/**
 * The whole model of a bundle: lower half, bridge, upper half, probe, softmax.
 *
 * Fill `input` with one prepared window, await `run()`, read the arrays below; they are the same for the life of the model.
 */
export class BridgedModel {
  /** Mean over time of the lower half's output [C_in]. */
  readonly pooled: Float32Array;
  /** A x [r]. */
  readonly hidden: Float32Array;
  /** The bridge's output in the layout of the upper half's input. */
  readonly bridged: Float32Array;
  /** [K] each. */
  readonly logits: Float32Array;
  readonly probs: Float32Array;
  /** Of the last run. */
  readonly times: StageTimes = { lower: 0, bridge: 0, upper: 0 };

  private constructor(
    bundle: Bundle,
    private readonly lower: Half,
    readonly bridge: Bridge,
    private readonly upper: Half,
    private readonly probe: LinearProbe | undefined,
  ) {
    const classes = bundle.manifest.labels.length;
    this.pooled = new Float32Array(bundle.shape.channelsIn);
    this.hidden = new Float32Array(bundle.shape.rank);
    this.bridged = upper.input as Float32Array;
    this.probs = new Float32Array(classes);
    this.logits = probe ? new Float32Array(classes) : upper.output;
    this.blockMean = new Float32Array(bundle.probe?.width ?? 0);
  }

  private readonly blockMean: Float32Array;

  /**
   * @param prepared what the bundle's preparation gives for one window
   * @param threads of ONNX Runtime within one operator
   * @param precision of the bridge's weights
   * @throws BioxError BUNDLE_SHAPE when the parts do not fit one another, BUNDLE_INVALID when a half cannot be loaded
   */
  static async create(
    bundle: Bundle,
    prepared: PreparedShape,
    threads: number,
    precision: Precision = "float32",
  ): Promise<BridgedModel> {
    const { manifest, shape } = bundle;
    const lower = await Half.create(bundle.lower, { role: "lower", ...manifest.lower, ...prepared }, threads);
    const [channels, time] = featureSize(lower.outputShape, manifest.lower.layout);
    if (channels !== shape.channelsIn || time < 1)
      throw new BioxError(
        "BUNDLE_SHAPE",
        `Output '${manifest.lower.output}' of ${manifest.lower.file} is [${lower.outputShape.join(", ")}] (${manifest.lower.layout}), but the bridge takes ${shape.channelsIn} channels.`,
        "Cut the lower half at the block the bridge was trained on, or correct lower.layout.",
      );
    const bridge = new Bridge(bundle.weights, {
      ...shape,
      featureLayout: manifest.lower.layout,
      targetLayout: manifest.bridge.target.layout,
      precision,
    });
    const target = { dtype: "float32" as const, shape: manifest.bridge.target.shape };
    const upper = await Half.create(bundle.upper, { role: "upper", ...manifest.upper, ...target }, threads);
    const probe = bundle.probe ? new LinearProbe(bundle.probe.weight, bundle.probe.bias) : undefined;
    checkHead(bundle, upper);
    return new BridgedModel(bundle, lower, bridge, upper, probe);
  }

  get input(): PreparedArray {
    return this.lower.input;
  }

  /**
   * Runs one window.
   *
   * @throws BioxError MODEL_FAILED when a half fails or the outcome is not finite
   */
  async run(): Promise<void> {
    const start = performance.now();
    await this.lower.run();
    const features = performance.now();
    this.bridge.pool(this.lower.output, this.pooled);
    this.bridge.project(this.pooled, this.hidden);
    this.bridge.expandMix(this.hidden, this.bridged);
    const bridged = performance.now();
    await this.upper.run();
    if (this.probe) {
      poolMean(this.upper.output, this.blockMean, this.blockMean.length, "NTC");
      this.probe.run(this.blockMean, this.logits);
    }
    softmax(this.logits, this.probs, this.probs.length);
    const end = performance.now();
    this.times.lower = features - start;
    this.times.bridge = bridged - features;
    this.times.upper = end - bridged;
    if (!this.logits.every(Number.isFinite))
      throw new BioxError(
        "MODEL_FAILED",
        "The model gave a number that is not finite.",
        "Its input was out of the range that it was trained on.",
      );
  }

  async release(): Promise<void> {
    await this.lower.release();
    await this.upper.release();
  }
}

/** [channels, time] of a feature map with batch 1. */
function featureSize(shape: readonly number[], layout: "NTC" | "NCT"): [number, number] {
  const total = shape.reduce((a, b) => a * b, 1);
  const channels = shape.at(layout === "NTC" ? -1 : -2) ?? 0;
  const time = layout === "NTC" ? total / channels : (shape.at(-1) ?? 0);
  return channels * time === total ? [channels, time] : [0, 0];
}

function checkHead(bundle: Bundle, upper: Half): void {
  const { manifest, probe } = bundle;
  const classes = manifest.labels.length;
  const last = upper.outputShape.at(-1) ?? 0;
  const shape = `[${upper.outputShape.join(", ")}]`;
  if (probe && last !== probe.width)
    throw new BioxError(
      "BUNDLE_SHAPE",
      `Output '${manifest.upper.output}' of ${manifest.upper.file} is ${shape}, but the probe takes ${probe.width} channels.`,
      "Use the probe that was trained on this model.",
    );
  if (!probe && upper.output.length !== classes)
    throw new BioxError(
      "BUNDLE_SHAPE",
      `Output '${manifest.upper.output}' of ${manifest.upper.file} is ${shape}, but bundle.json has ${classes} labels.`,
      "Give one label for each class, or name a probe file.",
    );
}
