import type { EventEmitter } from "node:events";
import type { EngineEvents } from "../engine/engine.js";
import type { RunOptions } from "../engine/plan-run.js";
import type { EngineInfo, Prediction, Summary } from "../engine/types.js";
import type { Source } from "../stream/source.js";

/** What runs a bundle for a gateway: an engine of this machine, or a broker behind which others do. */
export interface Runner extends EventEmitter<EngineEvents> {
  /** What its engines came to. */
  readonly info: EngineInfo;
  /** Predictions of a source until it ends, or the options' signal fires. @throws BioxError as `Engine.run` */
  run(source: Source, options?: RunOptions): AsyncGenerator<Prediction, void, undefined>;
  /** The account of a run of this source, or of all that ran; undefined where there was none. */
  summary(source?: Source): Summary | undefined;
  /** Brings back what has failed; what has not goes on. */
  restore(): Promise<void>;
  /** Ends its runs after the windows under way. */
  close(): Promise<void>;
}
