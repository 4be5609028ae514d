import type { Precision } from "../bridge/index.js";
import type { Bundle } from "../bundle/index.js";
import { BioxError, type ErrorCode } from "../errors.js";
import type { RingMemory } from "../stream/ring.js";
import type { LiveJob } from "./live.js";
import type { EngineInfo, EngineResult } from "./types.js";

/** What the engine thread is started with. */
export interface EngineStart {
  readonly bundle: Bundle;
  readonly threads: number;
  readonly precision: Precision;
  /** Int32 words at {@link Control}, shared with main. */
  readonly control: SharedArrayBuffer;
}

/** Words that both threads see, for what must not wait for a message. */
export const Control = {
  /** Runs up to this number are to end after the window under way. */
  stop: 0,
  /** Not 0: ONNX Runtime is at work. A process that ends then dies of its C++ exception, so it must wait. */
  busy: 1,
  words: 2,
} as const;

/** main -> engine. Runs are numbered from 1 and done one after another. */
export type EngineRequest =
  | { type: "run"; id: number; job: Omit<LiveJob, "causal">; ring: RingMemory }
  | { type: "close" };

/** engine -> main; `id` says to which run it belongs. */
export type EngineReply =
  | { type: "ready"; info: EngineInfo }
  | { type: "result"; id: number; result: EngineResult; skippedHops: number }
  | { type: "done"; id: number; skippedHops: number }
  /** Without a number: the model could not be loaded. */
  | { type: "failed"; id?: number; error: PlainError };

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
