import "../../engine/no-telemetry.js";
import { Tensor } from "onnxruntime-node";
import { BridgeGradient, type BridgeGradientSpec, type BridgeWeights, type LinearProbe } from "../../bridge/index.js";
import { argmax, ModelRun, probeScores } from "../run/index.js";
import { type LossKind, lossOf } from "./loss.js";
import type { WholeModel } from "./models.js";
import { upperName } from "./objective.js";
import type { RowsReader } from "./rows-file.js";

/** How good a bridge is on the validation rows. */
export interface Judgement {
  /** Mean loss at the bridge's output, against the true input of block l. */
  readonly bridgeLoss: number;
  /** Mean loss at the last block; left out where it was not asked for. */
  readonly lastLoss?: number;
  /** Share of rows whose class is the one the old model sees in its own modality; null without a task. */
  readonly agreement?: number | null;
  /** Mean recall of the classes that have labelled rows; null without labels. */
  readonly balancedAccuracy?: number | null;
}

export interface JudgeParts {
  readonly spec: BridgeGradientSpec;
  /** [rows, C_in] of all features. */
  readonly x: Float32Array;
  /** Rows of the features that are for validation. */
  readonly rows: Int32Array;
  readonly features: RowsReader;
  readonly loss: LossKind;
  /** Class of each row of the features, -1 where unknown. */
  readonly labels?: Int32Array;
  readonly where: (row: number) => string;
}

export interface UpperParts {
  readonly model: WholeModel;
  readonly at: string;
  readonly last: string;
  /** The task's output, or the layer that makes it of the mean over tokens of the last block's output. */
  readonly task?: string;
  readonly probe?: LinearProbe;
  readonly threads: number;
}

/** Judges weights on the rows of validation. */
export class Judge {
  readonly #bridge: BridgeGradient;
  readonly #z: Float32Array;
  readonly #target: Float32Array;

  private constructor(
    private readonly parts: JudgeParts,
    private readonly upper: UpperParts,
    private readonly run: ModelRun,
  ) {
    const { tokens, width } = parts.spec;
    this.#bridge = new BridgeGradient(parts.spec, 1);
    this.#z = new Float32Array(tokens * width);
    this.#target = new Float32Array(tokens * width);
  }

  static async create(parts: JudgeParts, upper: UpperParts): Promise<Judge> {
    const { model, at, last, task, threads } = upper;
    const part = model.part([at], task === undefined ? [last] : [last, task], upperName(model));
    return new Judge(parts, upper, await ModelRun.open(part, threads));
  }

  /** @param full also runs the upper half: for the loss at the last block and the task's scores */
  async judge(weights: BridgeWeights, full: boolean): Promise<Judgement> {
    const { rows, features, loss, labels } = this.parts;
    let bridgeLoss = 0;
    let lastLoss = 0;
    const scores = new Scores();
    for (const row of rows) {
      this.#forward(weights, row);
      features.read("block", row, this.#target);
      bridgeLoss += lossOf(loss, this.#z, this.#target) / rows.length;
      if (!full) continue;
      const { last, logits } = await this.#upper(row);
      const true_ = new Float32Array(last.length);
      features.read("last", row, true_);
      lastLoss += lossOf(loss, last, true_) / rows.length;
      if (logits) scores.add(argmax(logits), this.#pseudoLabel(row), labels?.[row] ?? -1);
    }
    return full ? { bridgeLoss, lastLoss, ...scores.result() } : { bridgeLoss };
  }

  close(): Promise<void> {
    return this.run.close();
  }

  #forward(weights: BridgeWeights, row: number): void {
    const { x, spec } = this.parts;
    this.#bridge.forward(weights, x.subarray(row * spec.channelsIn, (row + 1) * spec.channelsIn), this.#z, 1);
  }

  async #upper(row: number): Promise<{ last: Float32Array; logits?: Float32Array }> {
    const { at, last, task } = this.upper;
    const shape = this.run.shapeOf(at);
    const outputs = await this.run.run(
      { [at]: new Tensor("float32", this.#z, shape) },
      task === undefined ? [last] : [last, task],
      () => this.parts.where(row),
    );
    const found = outputs[last]!.data;
    const logits = task === undefined ? this.#probe(found) : outputs[task]!.data;
    return { last: found, ...(logits ? { logits } : {}) };
  }

  #probe(last: Float32Array): Float32Array | undefined {
    return this.upper.probe && probeScores(this.upper.probe, last);
  }

  #pseudoLabel(row: number): number {
    const { features } = this.parts;
    const name = this.upper.task === undefined ? "last" : "task";
    const values = new Float32Array(features.size(name));
    features.read(name, row, values);
    return argmax(name === "task" ? values : this.#probe(values)!);
  }
}

class Scores {
  #rows = 0;
  #agreed = 0;
  readonly #hits = new Map<number, { right: number; all: number }>();

  add(predicted: number, pseudo: number, label: number): void {
    this.#rows++;
    if (predicted === pseudo) this.#agreed++;
    if (label < 0) return;
    const hits = this.#hits.get(label) ?? { right: 0, all: 0 };
    hits.all++;
    if (predicted === label) hits.right++;
    this.#hits.set(label, hits);
  }

  result(): Pick<Judgement, "agreement" | "balancedAccuracy"> {
    const recalls = [...this.#hits.values()].map(({ right, all }) => right / all);
    return {
      agreement: this.#rows > 0 ? this.#agreed / this.#rows : null,
      balancedAccuracy: recalls.length > 0 ? recalls.reduce((sum, recall) => sum + recall, 0) / recalls.length : null,
    };
  }
}
