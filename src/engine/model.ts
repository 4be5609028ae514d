import { Bridge, LinearProbe, type Precision, poolMean, softmax } from "../bridge/index.js";
import type { Bundle } from "../bundle/index.js";
import { BioxError } from "../errors.js";
import type { PreparedArray, PreparedDtype } from "../prepare/index.js";
import { checkFeatures, checkHead } from "./fit.js";
import { Half } from "./half.js";
import { Lanes, type Span } from "./lanes.js";

/** Milliseconds that each stage took, for all windows that were run together. */
export interface StageTimes {
  lower: number;
  bridge: number;
  /** Probe and softmax included. */
  upper: number;
  /** The part of `upper` that is probe and softmax. */
  probe: number;
  /** What of these three was spent neither in ONNX Runtime nor in native kernels. */
  overhead: number;
}

/** Milliseconds that loading took: sessions with the runs that find their shapes, and the packing of weights. */
export type LoadTimes = Readonly<Record<"lower" | "bridge" | "upper", number>>;

/** Shape and type of a prepared window, without the batch dimension. */
export interface PreparedShape {
  readonly dtype: PreparedDtype;
  readonly shape: readonly number[];
}

/**
 * The whole model of a bundle: lower half, bridge, upper half, probe, softmax.
 *
 * Fill `input` with one prepared window, await `run()`, read the arrays below; they are the same for the life of the model.
 * A model made for a batch holds the windows side by side, [batch, ...], in each of them: see {@link runBatch}.
 */
export class BridgedModel {
  /** Of the last run. */
  readonly times: StageTimes = { lower: 0, bridge: 0, upper: 0, probe: 0, overhead: 0 };
  private readonly pooledLanes: Lanes<Float32Array>;
  private readonly hiddenLanes: Lanes<Float32Array>;
  private readonly blockMean: Lanes<Float32Array>;
  private readonly logitsLanes: Lanes<Float32Array>;
  private readonly probsLanes: Lanes<Float32Array>;
  private readonly failures: (BioxError | undefined)[];

  private constructor(
    bundle: Bundle,
    private readonly lower: Half,
    readonly bridge: Bridge,
    private readonly upper: Half,
    private readonly probe: LinearProbe | undefined,
    /** Windows that {@link runBatch} takes at most. */
    readonly batch: number,
    readonly loadTimes: LoadTimes,
  ) {
    const lanes = (size: number): Lanes<Float32Array> => new Lanes(new Float32Array(batch * size), batch);
    const classes = bundle.manifest.labels.length;
    this.pooledLanes = lanes(bundle.shape.channelsIn);
    this.hiddenLanes = lanes(bundle.shape.rank);
    this.blockMean = lanes(bundle.probe?.width ?? 0);
    this.logitsLanes = probe ? lanes(classes) : upper.output;
    this.probsLanes = lanes(classes);
    this.failures = Array.from({ length: batch }, () => undefined);
  }

  /**
   * @param prepared what the bundle's preparation gives for one window
   * @param threads of ONNX Runtime within one operator
   * @param precision of the bridge's weights, in place of the bundle's
   * @param batch windows that may be run together
   * @throws BioxError BUNDLE_SHAPE when the parts do not fit one another, BUNDLE_INVALID when a half cannot be loaded
   */
  static async create(
    bundle: Bundle,
    prepared: PreparedShape,
    threads: number,
    precision: Precision = bundle.manifest.bridge.precision ?? "float32",
    batch = 1,
  ): Promise<BridgedModel> {
    const { manifest, shape } = bundle;
    const begin = performance.now();
    const lower = await Half.create(bundle.lower, { role: "lower", ...manifest.lower, ...prepared }, threads, batch);
    const lowerLoaded = performance.now();
    checkFeatures(bundle, lower.outputShape);
    const bridge = new Bridge(
      bundle.weights,
      {
        ...shape,
        featureLayout: manifest.lower.layout,
        targetLayout: manifest.bridge.target.layout,
        precision,
      },
      { batch },
    );
    const bridgePacked = performance.now();
    const target = { dtype: "float32" as const, shape: manifest.bridge.target.shape };
    const upper = await Half.create(bundle.upper, { role: "upper", ...manifest.upper, ...target }, threads, batch);
    const upperLoaded = performance.now();
    const probe = bundle.probe ? new LinearProbe(bundle.probe.weight, bundle.probe.bias) : undefined;
    checkHead(bundle, upper.outputShape);
    return new BridgedModel(bundle, lower, bridge, upper, probe, batch, {
      lower: lowerLoaded - begin,
      bridge: bridgePacked - lowerLoaded,
      upper: upperLoaded - bridgePacked,
    });
  }

  /** The prepared window; the first of a batch. */
  get input(): PreparedArray {
    return this.inputOf(0);
  }

  /** Mean over time of the lower half's output [C_in]. */
  get pooled(): Float32Array {
    return this.pooledLanes.all;
  }

  /** A x [r]. */
  get hidden(): Float32Array {
    return this.hiddenLanes.all;
  }

  /** The bridge's output in the layout of the upper half's input. */
  get bridged(): Float32Array {
    return this.upper.input.all as Float32Array;
  }

  /** [K]. */
  get logits(): Float32Array {
    return this.logitsLanes.all;
  }

  /** [K]. */
  get probs(): Float32Array {
    return this.probsLanes.all;
  }

  /** Which halves run several windows at once; the others run them one after another. */
  get joint(): { lower: boolean; upper: boolean } {
    return { lower: this.lower.joint, upper: this.upper.joint };
  }

  /** Where to put the prepared window `lane` of a batch. */
  inputOf(lane: number): PreparedArray {
    return this.lower.input.of(lane);
  }

  /** Probabilities [K] of window `lane` of the last batch. */
  probsOf(lane: number): Float32Array {
    return this.probsLanes.of(lane);
  }

  /** Why window `lane` of the last batch has no answer; undefined where it has one. */
  failureOf(lane: number): BioxError | undefined {
    return this.failures[lane];
  }

  /**
   * Runs one window.
   *
   * @throws BioxError MODEL_FAILED when a half fails or the outcome is not finite
   */
  async run(): Promise<void> {
    await this.runBatch(1);
    const failure = this.failures[0];
    if (failure) throw failure;
  }

  /** Runs the first `count` windows. One that fails is told by {@link failureOf} and does not disturb the others. */
  async runBatch(count: number): Promise<void> {
    this.failures.fill(undefined);
    let whole = true;
    try {
      await this.pass({ first: 0, count });
    } catch (error) {
      this.failures[0] = asFailure(error);
      whole = false;
    }
    // A batch fails as a whole, and a number that is not finite may have come from a neighbour: each alone says whose it is.
    if (count > 1)
      for (let lane = 0; lane < count; lane++) if (!whole || !this.isFinite(lane)) await this.runAlone(lane);
    for (let lane = 0; lane < count; lane++)
      if (!this.failures[lane] && !this.isFinite(lane))
        this.failures[lane] = new BioxError(
          "MODEL_FAILED",
          "The model gave a number that is not finite.",
          "Its input was out of the range that it was trained on.",
        );
  }

  private async runAlone(first: number): Promise<void> {
    this.failures[first] = undefined;
    try {
      await this.pass({ first, count: 1 });
    } catch (error) {
      this.failures[first] = asFailure(error);
    }
  }

  private isFinite(lane: number): boolean {
    return this.logitsLanes.of(lane).every(Number.isFinite);
  }

  private async pass(span: Span): Promise<void> {
    const { lower, upper, bridge, probe, times } = this;
    const { count } = span;
    const start = performance.now();
    await lower.run(span);
    const features = performance.now();
    const pooled = this.pooledLanes.span(span);
    const hidden = this.hiddenLanes.span(span);
    const entered = performance.now();
    bridge.pool(lower.output.span(span), pooled, count);
    bridge.project(pooled, hidden, count);
    bridge.expandMix(hidden, upper.input.span(span) as Float32Array, count);
    const bridged = performance.now();
    await upper.run(span);
    const logits = this.logitsLanes.span(span);
    const answered = performance.now();
    if (probe) {
      const mean = this.blockMean.span(span);
      poolMean(upper.output.span(span), mean, mean.length / count, "NTC", count);
      probe.run(mean, logits, count);
    }
    softmax(logits, this.probsLanes.span(span), logits.length / count);
    const end = performance.now();
    times.lower = features - start;
    times.bridge = bridged - features;
    times.upper = end - bridged;
    times.probe = end - answered;
    times.overhead = end - start - lower.computeMs - upper.computeMs - (bridged - entered) - (end - answered);
  }

  async release(): Promise<void> {
    await this.lower.release();
    await this.upper.release();
  }
}

/** What a half says; anything else is a mistake of ours and goes on. */
function asFailure(error: unknown): BioxError {
  if (error instanceof BioxError) return error;
  throw error;
}
