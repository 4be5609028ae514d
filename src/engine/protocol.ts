import type { Precision } from "../bridge/index.js";
import type { Bundle } from "../bundle/index.js";
import { BioxError, type ErrorCode } from "../errors.js";
import type { RingMemory } from "../stream/ring.js";
import type { Answered } from "./array-runner.js";
import type { CutWindow, WindowArray, WindowKind } from "./cut-window.js";
import type { EngineInfo, EngineResult } from "./types.js";
import type { LiveJob } from "./wearer.js";

/** What an engine thread is started with. */
export interface EngineStart {
  readonly threads: number;
  /** Not there: the bundle's. */
  readonly precision: Precision | undefined;
  /** Windows that may be run together. */
  readonly batch: number;
  /** Int32 words at {@link Control}, shared with main. */
  readonly control: SharedArrayBuffer;
  /** Of the {@link Bell} on which the thread sleeps. */
  readonly bell: SharedArrayBuffer;
}

/** Words that both threads see, for what must not wait for a message. */
export const Control = {
  /** Not 0: nothing is to be begun any more. */
  closing: 0,
  /** Not 0: ONNX Runtime is at work. A process that ends then dies of its C++ exception, so it must wait. */
  busy: 1,
  words: 2,
} as const;

/** main -> engine. */
export type EngineRequest =
  /** Comes first, and as a message: what is given to a thread at its start stays in its memory, and half of a bundle is large. */
  | { type: "load"; bundle: Bundle }
  /** In its place: windows are only cut, and handed to main. */
  | ({ type: "cut"; windows: WindowKind } & Pick<Bundle, "manifest" | "steps">)
  /** `stop` is an Int32 word: not 0 when the run is to end after the window under way. */
  | { type: "run"; id: number; job: Omit<LiveJob, "causal">; rings: RingMemory[]; stop: SharedArrayBuffer }
  /** The samples of a run are taken at another rate than was said. */
  | { type: "replan"; id: number; job: Omit<LiveJob, "causal"> }
  /** Windows that were cut elsewhere, at most as many as the model takes at once. */
  | { type: "answer"; arrays: readonly WindowArray[] }
  | { type: "close" };

/** engine -> main; `id` says to which run it belongs. */
export type EngineReply =
  | { type: "ready"; info: ThreadInfo }
  | { type: "result"; id: number; result: EngineResult | CutWindow; skippedHops: number }
  | { type: "done"; id: number; skippedHops: number }
  | { type: "answers"; answered: Answered }
  | { type: "failed"; id: number; error: PlainError }
  /** The model could not be loaded. */
  | { type: "refused"; error: PlainError };

/** What one engine thread knows of its model. */
export type ThreadInfo = Pick<EngineInfo, "bridge" | "batch" | "loadMs">;

/** An error as plain data: a class does not cross threads. */
export interface PlainError {
  code: ErrorCode;
  message: string;
  hint: string | undefined;
}

export function toPlain(error: unknown): PlainError {
  if (error instanceof BioxError) return { code: error.code, message: error.message, hint: error.hint };
  const what = error instanceof Error ? error.message : String(error);
  return { code: "ENGINE_FAILED", message: `The engine failed: ${what}`, hint: undefined };
}

export function fromPlain(error: PlainError): BioxError {
  return new BioxError(error.code, error.message, error.hint);
}
