import * as v from "valibot";

const expected = "1 to 40 of a to z, 0 to 9 and -";

/** Schema of a sink's name, which is that of its queue and of its counters, too. */
export const sinkName = (otherwise: string) =>
  v.optional(
    v.pipe(
      v.string(expected),
      v.regex(/^[a-z0-9-]{1,40}$/, expected),
      v.description("Name of the sink, in reports and of its files. No two sinks may have the same."),
    ),
    otherwise,
  );
