import { BioxError } from "../../errors.js";

/** One thing that is wrong with a configuration. */
export interface Problem {
  /** Line in the file, from 1; undefined where it has no place. */
  readonly line: number | undefined;
  /** A sentence without its full stop. */
  readonly what: string;
  readonly hint: string | undefined;
}

function problemText(path: string, { line, what }: Problem): string {
  return `${path}${line === undefined ? "" : `:${line}`}: ${what}.`;
}

const MOST_TOLD = 10;

/** The error of a configuration that cannot be used: the first problem, and how many more there are. */
export function configInvalid(path: string, problems: readonly [Problem, ...Problem[]]): BioxError {
  const [first, ...more] = problems;
  const others = more.slice(0, MOST_TOLD).map((problem) => problemText(path, problem));
  if (more.length > MOST_TOLD) others.push(`${more.length - MOST_TOLD} more.`);
  const hint = [...(first.hint === undefined ? [] : [first.hint]), ...(others.length > 0 ? ["Also:", ...others] : [])];
  return new BioxError("CONFIG_INVALID", problemText(path, first), hint.length > 0 ? hint.join(" ") : undefined);
}
