import { BioxError } from "../errors.js";
import type { LinearFilter } from "./filters/filter.js";
import { StepPlace } from "./place.js";
import { MOST_VALUES } from "./signal.js";
import { type Layout, type Stage, shapeOf, valuesIn } from "./step.js";
import { STEP_DEFINITIONS, type Step } from "./steps/index.js";
import type { SignalShape } from "./types.js";

/** A list of steps split in two: filters of the continuous stream, then stages that work on one window alone. */
export interface Chain {
  readonly filters: readonly LinearFilter[];
  readonly stages: readonly Stage[];
  /** Place of each stage in the list, for errors. */
  readonly places: readonly StepPlace[];
  readonly output: Layout;
  readonly lines: readonly string[];
}

/** Steps that treat each value alone, so that it does not matter to them that rows have become patches. */
const FIT_AFTER_PATCH: ReadonlySet<string> = new Set(["scale", "clip", "expand-channels", "cast"]);

function checkOrder(step: Step, place: StepPlace, layout: Layout, last: boolean): void {
  if (step.step === "cast" && !last) throw place.infeasible("must be the last step");
  if (layout.patches !== undefined && !FIT_AFTER_PATCH.has(step.step))
    throw place.infeasible(
      "cannot follow the patch step",
      `Move it before; only ${[...FIT_AFTER_PATCH].join(", ")} may follow.`,
    );
}

/** Fits every step to its place; nothing large is allocated yet. Throws PREPARE_INVALID where one cannot work. */
export function planChain(steps: readonly Step[], input: SignalShape): Chain {
  const filters: LinearFilter[] = [];
  const stages: Stage[] = [];
  const places: StepPlace[] = [];
  const lines: string[] = [];
  let layout: Layout = { channels: input.channels, samples: input.samples, rate: input.rate, dtype: "float32" };
  steps.forEach((step, index) => {
    const place = new StepPlace(index + 1, step.step);
    const definition = STEP_DEFINITIONS.get(step.step)!;
    checkOrder(step, place, layout, index === steps.length - 1);
    if ("mode" in step && step.mode === "causal") {
      if (stages.length > 0)
        throw place.infeasible(
          "is causal but stands after a step that works on single windows",
          "Move causal filters to the front, or use mode 'zero-phase'.",
        );
      const { filter, line } = definition.causal!(step, input.rate, place);
      filters.push(filter);
      lines.push(`${line} -> [${shapeOf(layout).join(", ")}]`);
      return;
    }
    const stage = definition.plan(step, layout, place);
    if (valuesIn(stage.output) > MOST_VALUES)
      throw place.infeasible(`makes ${valuesIn(stage.output)} values of one window, more than ${MOST_VALUES}`);
    layout = stage.output;
    stages.push(stage);
    places.push(place);
    lines.push(`${stage.line} -> [${shapeOf(layout).join(", ")}]`);
  });
  return { filters, stages, places, output: layout, lines };
}

/** Allocates tables and scratch; a list too large for this machine's memory is an error like any other. */
export function buildKernels(chain: Chain): ReturnType<Stage["build"]>[] {
  try {
    return chain.stages.map((stage) => stage.build());
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new BioxError("PREPARE_INVALID", "The preparation needs more memory than there is.", undefined, { cause });
  }
}
