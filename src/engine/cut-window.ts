import type { PreparedDtype } from "../prepare/index.js";
import type { EngineResult, Prediction } from "./types.js";

/** What is handed out: the model's input, or the samples themselves, which the other side prepares. */
export type WindowKind = "prepared" | "raw";

/** A window as an array of numbers that can travel: row-major and little-endian, without a batch dimension. */
export interface WindowArray {
  readonly kind: WindowKind;
  readonly dtype: PreparedDtype;
  /** That of the model's input, or [channels, samples]. */
  readonly shape: readonly number[];
  /** Samples a second that a raw window was taken at. */
  readonly rate: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** What is known of a window before any model has seen it. */
export type WindowFacts = Pick<
  Prediction,
  "source" | "t" | "window" | "quality" | "reasons" | "reliable" | "pulseRate" | "lost" | "gaps"
>;

/** A window on its way to a model elsewhere. */
export interface CutWindow {
  readonly type: "window";
  readonly facts: WindowFacts;
  /** When its last byte was received, epoch ms. */
  readonly received: number;
  readonly prepareMs: number;
  readonly array: WindowArray;
}

/** A window that nobody was given, and why: one of the hops that were skipped. */
export interface Skipped {
  readonly type: "skipped";
  readonly reason: string;
}

/** Has windows of an engine run elsewhere. */
export interface WindowTaker {
  /**
   * Takes one window. It must not throw.
   *
   * @param wearer whose it is, where the run was told
   * @param run tells windows of this run from those of others over the same source
   * @param settle is to be called once, with an answer or with the reason why there is none
   */
  take(
    window: CutWindow,
    wearer: string | undefined,
    run: string,
    settle: (outcome: EngineResult | Skipped) => void,
  ): void;
}

/** What one window in an array became. */
export interface WindowAnswer {
  /** Probabilities, one for each label; undefined where the model had no answer. */
  readonly probs: number[] | undefined;
  /** Why there is none. */
  readonly failure: string | undefined;
  readonly prepareMs: number;
}
