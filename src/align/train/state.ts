import type { BridgeWeights } from "../../bridge/index.js";
import { readSafetensors, writeSafetensors } from "../../bundle/index.js";
import { BioxError } from "../../errors.js";
import { writeWhole } from "../../whole-file.js";
import { Adam } from "./adam.js";
import type { Judgement } from "./judge.js";

/** Names of the weights, in the order in which they are trained. */
export const WEIGHTS = ["A", "B", "prototypes"] as const;

/** What one epoch was like; epoch 0 is the start, before any step. */
export interface EpochRecord extends Judgement {
  readonly epoch: number;
  /** Mean loss of its steps; null for epoch 0. */
  readonly trainLoss: number | null;
  /** Validation loss that early stopping looks at; null without validation rows. */
  readonly valLoss: number | null;
}

/** Where training stands: all that is needed to go on as if nothing had happened. */
export class TrainingState {
  readonly adam: Adam;
  /** Epochs that are complete. */
  epoch = 0;
  /** Steps of the epoch under way that are complete. */
  step = 0;
  /** Loss of each step so far. */
  readonly stepLosses: number[] = [];
  readonly epochs: EpochRecord[] = [];
  /** The epoch with the best validation loss so far, and its weights. */
  best: { readonly epoch: number; readonly loss: number; readonly weights: BridgeWeights } | undefined;

  /** @param ridge of the regression that the weights began with */
  constructor(
    readonly weights: BridgeWeights,
    readonly ridge?: number,
  ) {
    this.adam = new Adam(WEIGHTS.map((name) => weights[name]));
  }

  /** Epochs since the best one. */
  get stale(): number {
    return this.best ? this.epoch - this.best.epoch : 0;
  }

  /** Takes the weights of now for the best ones. */
  keepBest(loss: number): void {
    this.best = { epoch: this.epoch, loss, weights: structuredClone(this.weights) };
  }

  /**
   * Writes a checkpoint in one move, and onto the disk: after a crash or kill -9 there is the one before or this one.
   *
   * @param key of the settings, models and data it belongs to
   */
  async save(path: string, key: string): Promise<void> {
    const { weights, adam, best } = this;
    const tensors: Record<string, { shape: number[]; data: Float32Array | Float64Array }> = {};
    const add = (name: string, data: Float32Array | Float64Array): void => {
      tensors[name] = { shape: [data.length], data };
    };
    for (const [i, name] of WEIGHTS.entries()) {
      add(name, weights[name]);
      add(`first.${name}`, adam.first[i]!);
      add(`second.${name}`, adam.second[i]!);
      if (best) add(`best.${name}`, best.weights[name]);
    }
    add("step_losses", Float64Array.from(this.stepLosses));
    const state = {
      epoch: this.epoch,
      step: this.step,
      adamSteps: adam.steps,
      epochs: this.epochs,
      ...(this.ridge === undefined ? {} : { ridge: this.ridge }),
      ...(best ? { best: { epoch: best.epoch, loss: best.loss } } : {}),
    };
    // One name until it is complete: trainings that are killed again and again must not fill the disk.
    const bytes = writeSafetensors(tensors, { key, state: JSON.stringify(state) });
    await writeWhole(path, bytes, { part: `${path}.part` });
  }

  /**
   * Reads a checkpoint.
   *
   * @throws BioxError FILE_UNREADABLE, FILE_INVALID, or INVALID_ARGUMENT when it belongs to other settings, models or data
   */
  static load(path: string, key: string): TrainingState {
    const { tensors, metadata } = readSafetensors(path);
    if (metadata.key !== key)
      throw new BioxError(
        "INVALID_ARGUMENT",
        `Checkpoint '${path}' belongs to a training with other options, models or pairs.`,
        "Resume with the very command that began it, or begin anew in another folder.",
      );
    const take = (name: string): Float32Array => tensors.get(name)!.data as Float32Array;
    const weightsOf = (prefix: string): BridgeWeights => ({
      A: take(`${prefix}A`),
      B: take(`${prefix}B`),
      prototypes: take(`${prefix}prototypes`),
    });
    const state = JSON.parse(metadata.state!) as {
      epoch: number;
      step: number;
      adamSteps: number;
      epochs: EpochRecord[];
      ridge?: number;
      best?: { epoch: number; loss: number };
    };
    const found = new TrainingState(weightsOf(""), state.ridge);
    for (const [i, name] of WEIGHTS.entries()) {
      found.adam.first[i]!.set(take(`first.${name}`));
      found.adam.second[i]!.set(take(`second.${name}`));
    }
    found.adam.steps = state.adamSteps;
    found.epoch = state.epoch;
    found.step = state.step;
    found.stepLosses.push(...(tensors.get("step_losses")!.data as Float64Array));
    found.epochs.push(...state.epochs);
    if (state.best) found.best = { ...state.best, weights: weightsOf("best.") };
    return found;
  }
}
