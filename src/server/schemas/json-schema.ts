/** JSON Schema (draft 2020-12, as OpenAPI 3.1 has it) of what the interface takes and gives, checked against the types of TypeScript. */

export type JsonSchema = Readonly<Record<string, unknown>>;

type OptionalKeys<T> = { [K in keyof T]-?: undefined extends T[K] ? K : never }[keyof T] & string;

/** An object with exactly the keys of `T`; those that may be undefined are those that may be left out. */
export function object<T extends object>(
  description: string,
  properties: { readonly [K in keyof Required<T>]: JsonSchema },
  ...optional: OptionalKeys<T>[]
): JsonSchema {
  const left = new Set<string>(optional);
  return {
    type: "object",
    description,
    properties,
    required: Object.keys(properties).filter((key) => !left.has(key)),
    additionalProperties: false,
  };
}

export const text = (description: string): JsonSchema => ({ type: "string", description });
export const number = (description: string): JsonSchema => ({ type: "number", description });
export const flag = (description: string): JsonSchema => ({ type: "boolean", description });
/** A whole number, 0 or more. */
export const count = (description: string): JsonSchema => ({ type: "integer", minimum: 0, description });
/** From 0 to 1. */
export const share = (description: string): JsonSchema => ({ type: "number", minimum: 0, maximum: 1, description });
/** Epoch ms. */
export const time = (description: string): JsonSchema => ({
  type: "number",
  minimum: 0,
  description: `${description}, epoch ms`,
});
export const choice = (values: readonly string[], description: string): JsonSchema => ({
  type: "string",
  enum: values,
  description,
});
export const list = (items: JsonSchema, description: string): JsonSchema => ({ type: "array", items, description });
export const pair = (items: JsonSchema, description: string): JsonSchema => ({
  type: "array",
  items,
  minItems: 2,
  maxItems: 2,
  description,
});
export const orNull = (schema: JsonSchema): JsonSchema => ({ ...schema, type: [schema.type, "null"] });
/** An object whose keys are not fixed. */
export const record = (description: string): JsonSchema => ({
  type: "object",
  description,
  additionalProperties: true,
});
/** A schema that is named in the document, see {@link SCHEMAS}. */
export const ref = (name: string): JsonSchema => ({ $ref: `${name}#` });
