import type { Intervals } from "./bootstrap.js";
import { bootstrap, RESAMPLES } from "./bootstrap.js";
import { type Confusion, confusion, type Metrics, meanOf, metricsOf, sumOf } from "./metrics.js";

/** Who was asked. `bridge` is the bundle; the others say what its numbers are worth. */
export type ContestantId = "oracle" | "bridge" | "random" | "majority" | "probe";

/** What a model answered. */
export interface Answers {
  id: ContestantId;
  /** For readers. */
  name: string;
  /** Numbers that were trained for this answer; null where the files do not tell. */
  trainableParameters: number | null;
  /** Class of each judged row; several where chance decides the model, such as a random bridge's. */
  draws: readonly Int32Array[];
}

/** Which rows are judged, and by what. */
export interface Exam {
  labels: readonly string[];
  /** True class of each judged row. */
  truth: Int32Array;
  /** Subject of each judged row. */
  subjects: readonly string[];
  /** Of the bootstrap. */
  seed: number;
  resamples?: number;
}

export interface SubjectScore {
  subject: string;
  rows: number;
  balancedAccuracy: number;
  accuracy: number;
}

export interface Score {
  id: ContestantId;
  name: string;
  trainableParameters: number | null;
  /** Mean over the draws. */
  metrics: Metrics;
  /** 95 %. Null with one subject only. */
  intervals: Intervals | null;
  /** [true][predicted] rows, of the first draw. */
  confusion: number[][];
  /** Share of rows on which it says what the oracle says; null without an oracle. */
  agreementWithOracle: number | null;
  /** How many times chance was asked. */
  draws: number;
  /** Of the first draw. */
  bySubject: SubjectScore[];
}

/** Scores every model on the same rows and the same draws of subjects. */
export function scoreAll(exam: Exam, answers: readonly Answers[]): Score[] {
  const oracle = answers.find(({ id }) => id === "oracle")?.draws[0];
  return answers.map((answer) => score(exam, answer, oracle));
}

function score(exam: Exam, { id, name, trainableParameters, draws }: Answers, oracle: Int32Array | undefined): Score {
  const { truth, labels } = exam;
  const classes = labels.length;
  const bySubject = rowsBySubject(exam.subjects);
  const matrices = draws.map((draw) => [...bySubject.values()].map((rows) => confusion(truth, draw, classes, rows)));
  return {
    id,
    name,
    trainableParameters,
    metrics: meanOf(matrices.map((draw) => metricsOf(sumOf(classes, draw)))),
    intervals: bootstrap(matrices, exam.seed, exam.resamples ?? RESAMPLES) ?? null,
    confusion: asRows(sumOf(classes, matrices[0]!)),
    agreementWithOracle: oracle ? average(draws.map((draw) => agreement(draw, oracle))) : null,
    draws: draws.length,
    bySubject: [...bySubject.keys()].map((subject, i) => {
      const { balancedAccuracy, accuracy } = metricsOf(matrices[0]![i]!);
      return { subject, rows: bySubject.get(subject)!.length, balancedAccuracy, accuracy };
    }),
  };
}

function rowsBySubject(subjects: readonly string[]): Map<string, number[]> {
  const found = new Map<string, number[]>();
  subjects.forEach((subject, row) => {
    const rows = found.get(subject);
    if (rows) rows.push(row);
    else found.set(subject, [row]);
  });
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function asRows({ classes, counts }: Confusion): number[][] {
  return Array.from({ length: classes }, (_, t) => [...counts.subarray(t * classes, (t + 1) * classes)]);
}

const average = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

function agreement(a: Int32Array, b: Int32Array): number {
  return a.reduce((same, value, i) => same + Number(value === b[i]), 0) / a.length;
}
