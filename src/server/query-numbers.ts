import type { JsonSchema } from "./schemas/json-schema.js";

/** As JSON writes numbers: neither hexadecimal nor empty. */
const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

/** Makes numbers of the parameters of a query that are to be some; bodies, which have types, are taken as they are. */
export function readNumbers(
  query: Record<string, unknown>,
  { properties }: { properties?: Record<string, JsonSchema> },
): void {
  for (const [name, { type }] of Object.entries(properties ?? {})) {
    const text = query[name];
    if ((type === "number" || type === "integer") && typeof text === "string" && NUMBER.test(text))
      query[name] = Number(text);
  }
}
