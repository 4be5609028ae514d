import { gatewaySchemas } from "./gateway.js";
import type { JsonSchema } from "./json-schema.js";
import { messageSchemas } from "./messages.js";
import { problemSchemas } from "./problem.js";
import { summarySchemas } from "./summary.js";

/** Schemas by the names that they have in the OpenAPI document. */
export const SCHEMAS: Readonly<Record<string, JsonSchema>> = {
  ...problemSchemas,
  ...messageSchemas,
  ...summarySchemas,
  ...gatewaySchemas,
};
