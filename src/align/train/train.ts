import { BridgeGradient, type BridgeGradientSpec, type BridgeWeights } from "../../bridge/index.js";
import { BioxError } from "../../errors.js";
import { rateAt } from "./adam.js";
import { breathe } from "./features.js";
import type { Judgement } from "./judge.js";
import type { Objective } from "./objective.js";
import type { Progress, Settings } from "./options.js";
import { type TrainingState, WEIGHTS } from "./state.js";

/** What a training works with. */
export interface TrainParts {
  readonly spec: BridgeGradientSpec;
  readonly settings: Settings;
  /** [rows, C_in] of all features. */
  readonly x: Float32Array;
  /** Rows of the features that are trained on. */
  readonly rows: Int32Array;
  readonly objective: Objective;
  /** Order of the rows in an epoch. */
  readonly order: (epoch: number, count: number) => Int32Array;
  /** Judges weights on the rows of validation; undefined where there are none. */
  readonly judge?: (weights: BridgeWeights, full: boolean) => Promise<Judgement>;
  /** Steps between checkpoints. */
  readonly checkpointEvery: number;
  readonly checkpoint: (state: TrainingState) => Promise<void>;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/**
 * Trains from where `state` stands to the end, or until the signal fires, which leaves a checkpoint behind.
 *
 * Each epoch takes the rows in a new random order, in whole batches; the few rows that are left over have their turn in other epochs.
 * The order depends on seed and epoch alone, so going on from a checkpoint gives the same bits as not having stopped.
 *
 * @throws BioxError MODEL_FAILED when it diverges; the signal's reason
 */
export async function train(parts: TrainParts, state: TrainingState): Promise<void> {
  const { settings, rows, signal, checkpoint } = parts;
  const batch = Math.min(settings.batch, rows.length);
  const steps = Math.floor(rows.length / batch);
  const gradients = new Gradients(parts, batch);
  if (state.epochs.length === 0) await closeEpoch(parts, state, null);
  try {
    while (state.epoch < settings.epochs && !isStale(settings, state)) {
      const order = parts.order(state.epoch, rows.length);
      while (state.step < steps) {
        signal?.throwIfAborted();
        await trainStep(parts, state, gradients, order, { batch, steps });
        await breathe();
        if (state.step < steps && state.stepLosses.length % parts.checkpointEvery === 0) await checkpoint(state);
      }
      const losses = state.stepLosses.slice(-steps);
      state.epoch++;
      state.step = 0;
      await closeEpoch(parts, state, losses.reduce((sum, loss) => sum + loss, 0) / steps);
      await checkpoint(state);
    }
  } catch (error) {
    // The weights are those after the last whole step: what an abort leaves is as good as any other checkpoint.
    if (signal?.aborted) await checkpoint(state);
    throw error;
  }
}

function isStale({ patience }: Settings, state: TrainingState): boolean {
  return patience > 0 && state.stale >= patience;
}

async function trainStep(
  { settings, rows, x, spec, objective, onProgress }: TrainParts,
  state: TrainingState,
  gradients: Gradients,
  order: Int32Array,
  { batch, steps }: { batch: number; steps: number },
): Promise<void> {
  const chosen = order.subarray(state.step * batch, (state.step + 1) * batch).map((i) => rows[i]!);
  for (const [n, row] of chosen.entries())
    gradients.x.set(x.subarray(row * spec.channelsIn, (row + 1) * spec.channelsIn), n * spec.channelsIn);
  const loss = await gradients.compute(state.weights, chosen, objective);
  const taken = state.stepLosses.length;
  if (!Number.isFinite(loss)) throw diverged(taken);
  state.adam.step(gradients.list, rateAt(settings.schedule, settings.rate, taken, settings.epochs * steps));
  state.stepLosses.push(loss);
  state.step++;
  onProgress?.({
    phase: "training",
    loss,
    done: taken + 1,
    total: settings.epochs * steps,
  });
}

async function closeEpoch(
  { settings, judge }: TrainParts,
  state: TrainingState,
  trainLoss: number | null,
): Promise<void> {
  const full = settings.lossAt === "last" || state.epoch % settings.scoreEvery === 0 || state.epoch === settings.epochs;
  const judged = judge ? await judge(state.weights, full) : undefined;
  const valLoss = (settings.lossAt === "last" ? judged?.lastLoss : judged?.bridgeLoss) ?? null;
  state.epochs.push({ epoch: state.epoch, trainLoss, valLoss, ...(judged ?? { bridgeLoss: Number.NaN }) });
  if (valLoss !== null && (state.best === undefined || valLoss < state.best.loss)) state.keepBest(valLoss);
}

/** Memory of a step, made once. */
class Gradients {
  readonly x: Float32Array;
  readonly list: readonly Float32Array[];
  readonly #bridge: BridgeGradient;
  readonly #weights: BridgeWeights;
  readonly #out: Float32Array;
  readonly #dOut: Float32Array;

  constructor({ spec }: TrainParts, batch: number) {
    const { channelsIn, rank, prototypes, tokens, width } = spec;
    this.#bridge = new BridgeGradient(spec, batch);
    this.x = new Float32Array(batch * channelsIn);
    this.#out = new Float32Array(batch * tokens * width);
    this.#dOut = new Float32Array(batch * tokens * width);
    this.#weights = {
      A: new Float32Array(rank * channelsIn),
      B: new Float32Array(prototypes * tokens * rank),
      prototypes: new Float32Array(width * prototypes),
    };
    this.list = WEIGHTS.map((name) => this.#weights[name]);
  }

  /** Mean loss of a batch whose x are set; `list` then holds the gradients. */
  async compute(weights: BridgeWeights, rows: Int32Array, objective: Objective): Promise<number> {
    this.#bridge.forward(weights, this.x, this.#out, rows.length);
    const loss = await objective.step(rows, this.#out, this.#dOut);
    this.#bridge.backward(weights, this.x, this.#dOut, this.#weights);
    return loss;
  }
}

function diverged(step: number): BioxError {
  return new BioxError(
    "MODEL_FAILED",
    `Training has diverged: the loss of step ${step + 1} is no finite number.`,
    "Take a smaller learning rate with --lr, or another start.",
  );
}
