import type { LinearFilter } from "../filters/filter.js";
import { zeroPhase } from "../filters/zero-phase.js";
import type { Parameters } from "../parameters.js";
import type { StepPlace } from "../place.js";
import { eachRow, type StepDefinition } from "../step.js";

/**
 * How a filter runs: "zero-phase" on each window alone, forwards and backwards; "causal" on the continuous stream, with
 * state that lives on from window to window.
 */
export type FilterMode = "zero-phase" | "causal";

export function readMode(parameters: Parameters): FilterMode {
  return parameters.choice("mode", ["zero-phase", "causal"], "zero-phase");
}

/** Refuses an edge at or above half the rate, which sampling cannot represent. */
export function checkEdge(name: string, hertz: number, rate: number, place: StepPlace): void {
  if (hertz >= rate / 2)
    throw place.invalid(name, `below ${rate / 2} Hz, half of the ${rate} Hz rate at this step`, hertz);
}

/** Refuses a band whose lower edge is not below its upper one. */
export function checkBand(low: number, high: number, place: StepPlace): void {
  if (low >= high) throw place.invalid("low", `below high, which is ${high} Hz`, low);
}

/** Makes a step of a filter design. */
export function filterStep<S extends { readonly step: string; readonly mode: FilterMode }>(filter: {
  readonly step: S["step"];
  read(parameters: Parameters): S;
  design(step: S, rate: number, place: StepPlace): LinearFilter;
  line(step: S): string;
}): StepDefinition<S> {
  return {
    step: filter.step,
    read: filter.read,
    plan(step, input, place) {
      const designed = filter.design(step, input.rate, place);
      if (input.samples <= designed.padding)
        throw place.infeasible(
          `needs more than ${designed.padding} samples to filter forwards and backwards, but its window has ${input.samples}`,
          "Use a longer window, a lower order, or mode 'causal' as the first step.",
        );
      return {
        output: input,
        line: `${filter.line(step)}, zero-phase`,
        build: () => eachRow(input, input, zeroPhase(designed, input.samples)),
      };
    },
    causal(step, rate, place) {
      return { filter: filter.design(step, rate, place), line: `${filter.line(step)}, causal with running state` };
    },
  };
}
