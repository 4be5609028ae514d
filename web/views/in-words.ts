import type { AnswerMessage } from "../../src/sinks/sink.js";
import { isPrediction } from "../history.js";
import { percent } from "../lib/format.js";

/** Answers over time as a sentence: how often which label was given, how much of it is not to be relied on, and where none was given. */
export function describeAnswers(answers: readonly AnswerMessage[]): string {
  const given = answers.filter(isPrediction);
  const last = given.at(-1);
  if (!last) return answers.length === 0 ? "No answers yet." : `${answers.length} windows, none with an answer.`;
  const counts = new Map<string, number>();
  for (const { label } of given) counts.set(label, (counts.get(label) ?? 0) + 1);
  const shares = [...counts].sort(([, a], [, b]) => b - a).map(([label, n]) => `${label} ${percent(n / given.length)}`);
  const doubtful = given.filter(({ reliable }) => !reliable).length;
  const missing = answers.length - given.length;
  return [
    `${given.length} answers: ${shares.join(", ")}.`,
    doubtful > 0 ? `${doubtful} of them are not reliable.` : "",
    missing > 0 ? `${missing} windows without an answer.` : "",
    `The newest is ${last.label}.`,
  ]
    .filter(Boolean)
    .join(" ");
}

/** A figure over time as a sentence: its range, and the newest; null is left out. */
export function describeRange(values: readonly (number | null)[], write: (value: number) => string): string {
  const known = values.filter((value) => value !== null);
  const last = known.at(-1);
  if (last === undefined) return "Nothing known yet.";
  const [low, high] = [Math.min(...known), Math.max(...known)];
  return `From ${write(low)} to ${write(high)}, now ${write(last)}.`;
}
