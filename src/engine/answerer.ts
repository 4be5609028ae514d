import type { PreparedArray } from "../prepare/index.js";
import { now } from "../stream/feed.js";
import type { CutWindow, WindowFacts } from "./cut-window.js";
import type { BridgedModel } from "./model.js";
import { round } from "./round.js";
import type { EngineResult, Prediction } from "./types.js";
import { type Taken, unpredicted, type Wearer } from "./wearer.js";

/** What becomes of windows that have their turn, up to `batch` of them at once, each in a lane of its own. */
export interface Answerer {
  readonly batch: number;
  /** Where the next window of a wearer is to be prepared as window `lane`. */
  inputOf(lane: number, wearer: Wearer): PreparedArray;
  /** Works on the first `count` lanes. */
  runBatch(count: number): Promise<void>;
  /** Of window `lane` of the last `together` that were worked on. */
  answer(wearer: Wearer, taken: Taken, lane: number, together: number): EngineResult | CutWindow;
}

/** Has the model of this thread answer. */
export class ModelAnswerer implements Answerer {
  constructor(private readonly model: BridgedModel) {}

  get batch(): number {
    return this.model.batch;
  }

  inputOf(lane: number): PreparedArray {
    return this.model.inputOf(lane);
  }

  runBatch(count: number): Promise<void> {
    return this.model.runBatch(count);
  }

  answer(wearer: Wearer, taken: Taken, lane: number, together: number): EngineResult {
    const { model } = this;
    const failure = model.failureOf(lane);
    if (failure) return unpredicted(wearer.source, taken, failure.message);
    const { lower, bridge, upper } = model.times;
    return predictionOf(factsOf(wearer, taken), wearer.labels, Array.from(model.probsOf(lane)), {
      ageMs: now() - taken.received,
      ms: { prepare: taken.prepareMs, lower, bridge, upper },
      together,
    });
  }
}

/** What a window says of itself beside its samples. */
export function factsOf(wearer: Wearer, { t, window, quality, lost, gaps }: Taken): WindowFacts {
  return {
    source: wearer.source,
    t,
    window,
    quality: round(quality.quality),
    reasons: quality.reasons,
    reliable: quality.quality >= wearer.minimumQuality,
    pulseRate: quality.pulseRate === null ? null : round(quality.pulseRate),
    lost,
    ...(gaps ? { gaps } : {}),
  };
}

/**
 * A prediction of what a model made of a window.
 *
 * @param times in ms; `queue` is the time on the way to a model elsewhere and back
 */
export function predictionOf(
  { gaps, lost, ...facts }: WindowFacts,
  labels: readonly string[],
  probs: number[],
  times: { ageMs: number; ms: Omit<Prediction["ms"], "total">; together: number },
): Prediction {
  const index = probs.indexOf(Math.max(...probs));
  const { prepare, lower, bridge, upper, queue } = times.ms;
  const { source, t, window, ...judged } = facts;
  const prediction: Prediction = {
    type: "prediction",
    source,
    t,
    window,
    label: labels[index]!,
    index,
    probs,
    ...judged,
    lost,
    ageMs: round(times.ageMs),
    ms: {
      prepare: round(prepare),
      lower: round(lower),
      bridge: round(bridge),
      upper: round(upper),
      total: round(prepare + lower + bridge + upper),
    },
  };
  if (queue !== undefined) prediction.ms.queue = round(queue);
  if (gaps) prediction.gaps = gaps;
  if (times.together > 1) prediction.batch = times.together;
  return prediction;
}
