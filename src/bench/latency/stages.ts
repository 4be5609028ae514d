import type { BridgedModel } from "../../engine/model.js";
import { LatencySeries, type LatencySummary } from "./series.js";

/** What one window goes through once it is complete, in order; `total` is all of it. */
export const MODEL_STAGES = ["prepare", "lower", "bridge", "upper", "probe", "total"] as const;
export type ModelStage = (typeof MODEL_STAGES)[number];

/** Times of the stages of biox, and what JavaScript costs between them. */
export class StageSeries {
  readonly stages = Object.fromEntries(MODEL_STAGES.map((stage) => [stage, new LatencySeries()])) as Record<
    ModelStage,
    LatencySeries
  >;
  readonly jsOverhead = new LatencySeries();

  /**
   * @param prepare ms that the preparation took
   * @param run ms from the call of the model to its answer, turns of the event loop included
   */
  add(prepare: number, run: number, { lower, bridge, upper, probe, overhead }: BridgedModel["times"]): void {
    const { stages } = this;
    stages.prepare.add(prepare);
    stages.lower.add(lower);
    stages.bridge.add(bridge);
    stages.upper.add(upper - probe);
    stages.probe.add(probe);
    stages.total.add(prepare + run);
    this.jsOverhead.add(run - lower - bridge - upper + overhead);
  }

  summaries(): Record<ModelStage, LatencySummary> {
    return Object.fromEntries(MODEL_STAGES.map((stage) => [stage, this.stages[stage].summary()])) as Record<
      ModelStage,
      LatencySummary
    >;
  }
}
