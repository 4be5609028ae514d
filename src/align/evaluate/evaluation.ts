import type { Score } from "./report.js";

/** What `biox eval` found; its `--json` output. */
export interface Evaluation {
  type: "evaluation";
  bundle: { name: string; task: string; files: Record<string, string> };
  old: { file: string; sha256: string };
  pairs: readonly { file: string; sha256: string; bytes: number }[];
  split: string;
  labels: readonly string[];
  /** Rows that were judged, and rows of the split without a label. */
  rows: number;
  unlabelled: number;
  subjects: readonly string[];
  /** True rows of each class. */
  support: readonly number[];
  seed: number;
  /** Draws of subjects behind each interval. */
  resamples: number;
  scores: Score[];
  /** What a reader must know before believing the numbers. */
  notes: string[];
}
