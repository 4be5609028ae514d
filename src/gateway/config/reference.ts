import type { GenericSchema } from "valibot";
import { getDefault, getDescription } from "valibot";

/** One key of a configuration, as the documentation lists it. */
export interface KeyReference {
  /** Path such as `wearers[].hop`. */
  readonly key: string;
  readonly required: boolean;
  /** JSON of what is taken where it is left out; undefined where there is none. */
  readonly otherwise: string | undefined;
  readonly meaning: string;
}

interface Inside {
  readonly type: string;
  readonly wrapped?: GenericSchema;
  readonly entries?: Record<string, GenericSchema>;
  readonly item?: GenericSchema;
  readonly value?: GenericSchema;
  readonly options?: readonly GenericSchema[];
  readonly pipe?: readonly GenericSchema[];
}

/** Every key of a schema, in its order. */
export function keyReference(entries: Readonly<Record<string, GenericSchema>>, prefix = ""): KeyReference[] {
  return Object.entries(entries).flatMap(([name, schema]) => {
    const key = `${prefix}${name}`;
    const outer = schema as unknown as Inside;
    const fallback = getDefault(schema as never) as unknown;
    const own: KeyReference = {
      key,
      required: !optional(outer),
      otherwise: fallback === undefined ? undefined : JSON.stringify(fallback),
      meaning: describe(schema) ?? "",
    };
    return [own, ...below(schema, key)];
  });
}

function optional({ type, pipe }: Inside): boolean {
  return type === "optional" || (pipe?.[0] as Inside | undefined)?.type === "optional";
}

/** A description may stand at the value itself, or at what makes it optional. */
function describe(schema: GenericSchema): string | undefined {
  const { wrapped, pipe } = schema as unknown as Inside;
  const inner = wrapped ?? (pipe?.[0] as unknown as Inside | undefined)?.wrapped;
  return getDescription(schema) ?? (inner && describe(inner));
}

function below(schema: GenericSchema, key: string): KeyReference[] {
  const { wrapped, entries, item, value, options } = schema as unknown as Inside;
  if (wrapped) return below(wrapped, key);
  if (entries) return keyReference(entries, `${key}.`);
  if (item) return below(item, `${key}[]`);
  if (value) return below(value, `${key}.NAME`);
  if (options) return options.flatMap((option) => below(option, key));
  return [];
}
