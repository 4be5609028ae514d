import type { FeatureLayout, TargetLayout } from "../../bridge/index.js";
import { invalidArgument } from "../../errors.js";
import type { PairSet } from "../pairs/index.js";
import { SCHEDULES, type Schedule } from "./adam.js";
import { LOSSES, type LossKind } from "./loss.js";

/** Where A, B and prototypes begin; docs/align.md says what each gains. */
export type Start = "random" | "rows" | "kmeans" | "regression";
const STARTS: readonly Start[] = ["random", "rows", "kmeans", "regression"];

/** Where the loss is taken: at the old model's last block, through its frozen upper half, or at the bridge's own output. */
export type LossAt = "last" | "bridge";

export interface AlignOptions {
  /** Paths of the whole models. */
  readonly newModel: string;
  readonly oldModel: string;
  /** Tensor of the new model that the bridge reads: the output of block m. */
  readonly newAt: string;
  /** Tensor of the old model that the bridge stands in for: the input of block l. */
  readonly oldAt: string;
  /** Output of the old model's last block; found by itself where the model's blocks are known. */
  readonly last?: string;
  /** A safetensors file with `weight` [K, D] and `bias` [K], for an old model that ends at its last block. */
  readonly probe?: string;
  /** Rows "pair" are trained on, rows "val" are watched. */
  readonly pairs: PairSet;
  /** Folder for everything that is written. */
  readonly out: string;
  /** r. Default 8. */
  readonly rank?: number;
  /** P. Default 50. */
  readonly prototypes?: number;
  /** Default "rows", or "regression" with the loss at the bridge. */
  readonly start?: Start;
  /** A `bridge.safetensors` of the same sizes to begin with, in place of `start`: to train further, or from another program's weights. */
  readonly from?: string;
  /** Deviation of the normal numbers that B starts with, where the start does not say; 0 by default, as in the paper. */
  readonly bStd?: number;
  /** Default "last". */
  readonly lossAt?: LossAt;
  /** Default "cosine". */
  readonly loss?: LossKind;
  /** Windows of a step. Default 16. */
  readonly batch?: number;
  /** Default 30. */
  readonly epochs?: number;
  /** Learning rate of Adam. Default 1e-3. */
  readonly rate?: number;
  /** Default "cosine". */
  readonly schedule?: Schedule;
  /** Epochs without a better validation loss after which training ends; 0 is never. Default 10. */
  readonly patience?: number;
  /** Which weights are the result: of the epoch with the best validation loss, or of the last one. Default "best". */
  readonly keep?: "best" | "last";
  /** 0 to 2^53 - 1. Default 0. */
  readonly seed?: number;
  /**
   * The order in which an epoch (from 0) takes the `count` rows of split "pair", as all numbers from 0 to `count` - 1; by default a
   * random one of the seed. For the order of another program; on resuming, the caller has to give the same again.
   */
  readonly order?: (epoch: number, count: number) => Int32Array;
  /** How the tensor at `newAt` lies: [N, T, C] or [N, C, T]. Default "NTC". */
  readonly newLayout?: FeatureLayout;
  /** How the tensor at `oldAt` lies: tokens of C_out numbers, [.., C_out, T], or memory that is read as another shape. Default "tokens-first". */
  readonly oldLayout?: TargetLayout;
  /** C_out of a "raw" tensor; of others it is the shape's. */
  readonly width?: number;
  /** Threads of ONNX Runtime. Default 1. */
  readonly threads?: number;
  /** Steps between checkpoints; one is written after each epoch, too. Default 100. */
  readonly checkpointEvery?: number;
  /** Epochs between scores on the task (balanced accuracy, agreement). Default 1 with the loss at the last block, else 10. */
  readonly scoreEvery?: number;
  /** Goes on from the checkpoint in `out`. */
  readonly resume?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/** How far it is. */
export interface Progress {
  /** What is being done, in a phrase. */
  readonly phase: string;
  readonly done: number;
  readonly total: number;
  /** Of the step that was done, while it trains. */
  readonly loss?: number;
}

/** What decides the result: the rest of the options only decides how it is reached. */
export interface Settings {
  readonly rank: number;
  readonly prototypes: number;
  readonly start: Start;
  /** SHA-256 of the bridge that it began with in place of a start. */
  readonly from?: string;
  readonly bStd: number;
  readonly lossAt: LossAt;
  readonly loss: LossKind;
  readonly batch: number;
  readonly epochs: number;
  readonly rate: number;
  readonly schedule: Schedule;
  readonly patience: number;
  readonly keep: "best" | "last";
  readonly seed: number;
  readonly newLayout: FeatureLayout;
  readonly oldLayout: TargetLayout;
  readonly threads: number;
  readonly scoreEvery: number;
}

/** Limit of whole-number options: larger ones are mistakes. */
const MOST = 1_000_000;

/** @throws BioxError INVALID_ARGUMENT */
export function settingsOf(options: AlignOptions): Settings {
  const lossAt = choice("lossAt", options.lossAt ?? "last", ["last", "bridge"] as const);
  return {
    rank: whole("rank", options.rank ?? 8, 1),
    prototypes: whole("prototypes", options.prototypes ?? 50, 1),
    start: choice("start", options.start ?? (lossAt === "last" ? "rows" : "regression"), STARTS),
    bStd: real("bStd", options.bStd ?? 0, 0),
    lossAt,
    loss: choice("loss", options.loss ?? "cosine", LOSSES),
    batch: whole("batch", options.batch ?? 16, 1),
    epochs: whole("epochs", options.epochs ?? 30, 1),
    rate: real("rate", options.rate ?? 1e-3, Number.MIN_VALUE),
    schedule: choice("schedule", options.schedule ?? "cosine", SCHEDULES),
    patience: whole("patience", options.patience ?? 10, 0),
    keep: choice("keep", options.keep ?? "best", ["best", "last"] as const),
    seed: whole("seed", options.seed ?? 0, 0, Number.MAX_SAFE_INTEGER),
    newLayout: choice("newLayout", options.newLayout ?? "NTC", ["NTC", "NCT"] as const),
    oldLayout: choice("oldLayout", options.oldLayout ?? "tokens-first", [
      "tokens-first",
      "channels-first",
      "raw",
    ] as const),
    threads: whole("threads", options.threads ?? 1, 1, 256),
    scoreEvery: whole("scoreEvery", options.scoreEvery ?? (lossAt === "last" ? 1 : 10), 1),
  };
}

export function whole(name: string, value: number, least: number, most = MOST): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw invalidArgument(name, `a whole number from ${least} to ${most}`, value);
}

function real(name: string, value: number, least: number): number {
  if (Number.isFinite(value) && value >= least && value <= MOST) return value;
  throw invalidArgument(name, least === 0 ? "a number of 0 or more" : "a number above 0", value);
}

function choice<T extends string>(name: string, value: T, choices: readonly T[]): T {
  if (choices.includes(value)) return value;
  throw invalidArgument(name, choices.map((one) => `'${one}'`).join(" or "), value);
}
