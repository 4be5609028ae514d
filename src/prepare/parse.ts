import { BioxError, show } from "../errors.js";
import { Parameters } from "./parameters.js";
import { StepPlace } from "./place.js";
import { STEP_DEFINITIONS, type Step } from "./steps/index.js";

function parseStep(value: unknown, index: number): Step {
  const number = index + 1;
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  const name = isObject && Object.hasOwn(value, "step") ? (value as { step: unknown }).step : undefined;
  if (!isObject || typeof name !== "string")
    throw new BioxError(
      "PREPARE_INVALID",
      `Expected prepare step ${number} to be an object with a name under "step", but received ${show(value)}.`,
    );
  const definition = STEP_DEFINITIONS.get(name);
  if (definition === undefined)
    throw new BioxError(
      "PREPARE_INVALID",
      `Prepare step ${number} has the unknown name ${show(name)}.`,
      `Known steps are ${[...STEP_DEFINITIONS.keys()].join(", ")}.`,
    );
  const parameters = new Parameters(new StepPlace(number, name), value as Record<string, unknown>);
  const step = definition.read(parameters);
  parameters.done();
  return step;
}

/**
 * Reads the `prepare` list of a bundle out of untrusted JSON and fills in the defaults.
 *
 * @throws BioxError PREPARE_INVALID naming the step's number (from 1), its name, the parameter, what was expected and
 *   what was found. Unknown steps and unknown parameters are errors.
 */
export function parseSteps(value: unknown): Step[] {
  if (!Array.isArray(value))
    throw new BioxError("PREPARE_INVALID", `Expected prepare to be a list of steps, but received ${show(value)}.`);
  return Array.from(value, parseStep);
}
