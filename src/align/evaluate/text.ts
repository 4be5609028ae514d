import type { Evaluation } from "./evaluation.js";
import { parameters, score, withInterval } from "./html/names.js";

/** The scores as a table for a terminal. */
export function evaluationText(evaluation: Evaluation): string {
  const { bundle, rows, subjects, split, scores, notes } = evaluation;
  const head = ["model", "balanced accuracy", "macro-F1", "weighted F1", "kappa", "trained parameters"];
  const cells = scores.map(({ name, metrics, intervals, trainableParameters, draws }) => [
    draws > 1 ? `${name} (mean of ${draws})` : name,
    withInterval(metrics.balancedAccuracy, intervals?.balancedAccuracy),
    withInterval(metrics.macroF1, intervals?.macroF1),
    score(metrics.weightedF1),
    score(metrics.kappa),
    parameters(trainableParameters),
  ]);
  const table = [head, ...cells];
  const widths = head.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  const lines = table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join("  ")
      .trimEnd(),
  );
  const about = `${bundle.name}: ${rows} windows of ${subjects.length} ${subjects.length === 1 ? "subject" : "subjects"}, split '${split}'. Intervals are 95 %.`;
  return `${[about, "", ...lines, ...(notes.length > 0 ? ["", ...notes] : [])].join("\n")}\n`;
}

/** A model card's section on evaluation, in Markdown. */
export function evaluationCard(evaluation: Evaluation): string {
  const { rows, subjects, split, scores, labels, support, notes, old, pairs, seed, resamples } = evaluation;
  const cell = (text: string): string => text.replace(/[\\|]/g, "\\$&").replace(/\s+/g, " ");
  const lines = [
    "## Evaluation",
    "",
    `${rows} windows of ${subjects.length} ${subjects.length === 1 ? "subject" : "subjects"} (split \`${split}\`) that took no part in training: ${labels.map((label, k) => `${support[k]} ${cell(label)}`).join(", ")}. Intervals: 95 %, ${resamples} draws of subjects with replacement, seed ${seed}.`,
    "",
    "| model | balanced accuracy | macro-F1 | weighted F1 | kappa | trained parameters |",
    "|---|---|---|---|---|---|",
    ...scores.map(
      ({ name, metrics, intervals, trainableParameters, draws }) =>
        `| ${cell(draws > 1 ? `${name} (mean of ${draws})` : name)} | ${withInterval(metrics.balancedAccuracy, intervals?.balancedAccuracy)} | ${withInterval(metrics.macroF1, intervals?.macroF1)} | ${score(metrics.weightedF1)} | ${score(metrics.kappa)} | ${parameters(trainableParameters)} |`,
    ),
    "",
    ...notes.flatMap((note) => [cell(note), ""]),
    `Old model sha256 \`${old.sha256}\`; pairs ${pairs.map(({ sha256 }) => `\`${sha256}\``).join(", ")}.`,
  ];
  return `${lines.join("\n")}\n`;
}
