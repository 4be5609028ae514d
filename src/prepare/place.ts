import { BioxError, show } from "../errors.js";

/** Where in the `prepare` list a step stands, so that each error can say so. Steps count from 1. */
export class StepPlace {
  constructor(
    readonly number: number,
    readonly step: string,
  ) {}

  /** The error for a parameter that does not fit. */
  invalid(parameter: string, expected: string, actual: unknown, hint?: string): BioxError {
    const got = actual === undefined ? "it is missing" : `received ${show(actual)}`;
    return new BioxError(
      "PREPARE_INVALID",
      `Expected ${parameter} of prepare step ${this.number} (${this.step}) to be ${expected}, but ${got}.`,
      hint,
    );
  }

  /** The error for a step that cannot work at its place: `problem` continues the sentence "Prepare step 2 (patch) ...". */
  infeasible(problem: string, hint?: string): BioxError {
    return new BioxError("PREPARE_INVALID", `Prepare step ${this.number} (${this.step}) ${problem}.`, hint);
  }
}
