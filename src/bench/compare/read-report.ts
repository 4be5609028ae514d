import { readFileSync } from "node:fs";
import * as v from "valibot";
import { BioxError } from "../../errors.js";
import { unreadable } from "../../paths.js";
import { REPORT_VERSION } from "../latency/report.js";

const time = v.pipe(v.number(), v.finite());
/** No window takes no time: 0 would make of any other report one that is infinitely slower. */
const taken = v.pipe(time, v.gtValue(0));
const takenEach = v.pipe(v.array(taken), v.minLength(1));
const summary = v.object({
  p50: taken,
  p95: taken,
  p99: taken,
  blocks: v.pipe(
    v.object({ windows: taken, p50: takenEach, p95: takenEach }),
    v.check(({ p50, p95 }) => p50.length === p95.length),
  ),
});

/** The parts of a report that a comparison needs; others may be there. */
const schema = v.object({
  type: v.literal("latency"),
  version: v.literal(REPORT_VERSION),
  threads: time,
  precision: v.string(),
  short: v.boolean(),
  bundle: v.object({ name: v.string(), sha256: v.record(v.string(), v.string()) }),
  stages: v.record(v.string(), summary),
  contenders: v.record(v.string(), summary),
  coldStart: v.nullable(v.object({ total: time, peakRssBytes: time })),
  live: v.nullable(v.object({ hop: time, speed: time })),
  machine: v.object({
    board: v.nullable(v.string()),
    processor: v.nullable(v.string()),
    cores: time,
    governor: v.nullable(v.string()),
    kernel: v.string(),
    node: v.string(),
    simd: v.string(),
    packages: v.record(v.string(), v.string()),
    before: v.object({ loadAverage: v.array(time) }),
    after: v.object({ loadAverage: v.array(time) }),
  }),
});

export type ComparableReport = v.InferOutput<typeof schema>;

/**
 * Reads what `biox bench --out` has written.
 *
 * @throws BioxError FILE_UNREADABLE, FILE_INVALID
 */
export function readReport(path: string): ComparableReport {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw unreadable(path, cause);
  }
  const result = v.safeParse(schema, parse(path, text));
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw invalid(path, `${v.getDotPath(issue) ?? "it"} is not as expected`);
}

function parse(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw invalid(path, "it is not JSON", cause);
  }
}

function invalid(path: string, problem: string, cause?: unknown): BioxError {
  return new BioxError(
    "FILE_INVALID",
    `File '${path}' is not a latency report of version ${REPORT_VERSION}: ${problem}.`,
    "Write one with `biox bench BUNDLE --out FILE`.",
    { cause },
  );
}
