import { toJsonSchema } from "@valibot/to-json-schema";
import { payloadSchema } from "./schema.js";

/** JSON Schema (draft 7) of every payload that a gateway sends; docs/messages.schema.json holds it. */
export function payloadJsonSchema(): Record<string, unknown> {
  return { title: "Messages of a biox gateway", ...toJsonSchema(payloadSchema) };
}
