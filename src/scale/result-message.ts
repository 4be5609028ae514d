import * as v from "valibot";

const ms = v.pipe(v.number(), v.finite(), v.minValue(0));

const schema = v.strictObject({
  window: v.pipe(v.string(), v.maxLength(200)),
  /** Who answered. */
  worker: v.pipe(v.string(), v.maxLength(100)),
  /** One for each label; not there where the model had no answer. */
  probs: v.optional(v.pipe(v.array(v.pipe(v.number(), v.minValue(0), v.maxValue(1))), v.maxLength(10_000))),
  failure: v.optional(v.pipe(v.string(), v.maxLength(1000))),
  /** Of all windows that were run together but for `prepare`. */
  ms: v.strictObject({ prepare: ms, lower: ms, bridge: ms, upper: ms }),
  together: v.pipe(v.number(), v.integer(), v.minValue(0)),
});

/** What a worker says of one window. */
export type ResultMessage = v.InferOutput<typeof schema>;

/** Undefined where it is none. */
export function readResult(data: Uint8Array): ResultMessage | undefined {
  try {
    const result = v.safeParse(schema, JSON.parse(Buffer.from(data).toString("utf8")));
    return result.success ? result.output : undefined;
  } catch {
    return undefined;
  }
}

export function resultBytes(result: ResultMessage): Uint8Array {
  return Buffer.from(JSON.stringify(result));
}
