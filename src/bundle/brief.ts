import { show } from "../errors.js";

/**
 * Writes a value from a file for an error message: plain values as they are, anything nested by kind alone, since
 * writing out hostile JSON of great depth would itself fail.
 */
export function brief(value: unknown): string {
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === "object" && value !== null) return "an object";
  return value === undefined ? "nothing" : show(value);
}
