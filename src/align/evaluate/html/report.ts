import { escapeText, facts, table } from "../../../html/markup.js";
import { keyFigures, page, section } from "../../../html/page.js";
import type { Evaluation } from "../evaluation.js";
import { classLegend } from "./class-names.js";
import { confusionPicture } from "./confusion.js";
import { intervalPicture } from "./intervals.js";
import { parameters, score, withInterval } from "./names.js";
import { COLOURS } from "./style.js";

/** The evaluation as one HTML file. */
export function evaluationHtml(evaluation: Evaluation): string {
  const { bundle, rows, subjects, split, scores, labels, notes } = evaluation;
  const bridge = scores.find(({ id }) => id === "bridge");
  const oracle = scores.find(({ id }) => id === "oracle");
  const figures: [string, string][] = [];
  if (bridge) figures.push(["balanced accuracy, bridge", score(bridge.metrics.balancedAccuracy)]);
  if (oracle) figures.push(["balanced accuracy, old model", score(oracle.metrics.balancedAccuracy)]);
  if (bridge) figures.push(["trained parameters of the bridge", parameters(bridge.trainableParameters)]);
  figures.push(["subjects, windows", `${subjects.length}, ${rows}`]);
  return page(
    `Evaluation of ${bundle.name}`,
    [
      `<h1>${escapeText(bundle.name)}</h1>`,
      `<p class="soft">${escapeText(`${bundle.task}. Judged on ${rows} windows of ${subjects.length} ${subjects.length === 1 ? "subject" : "subjects"} (split '${split}').`)}</p>`,
      ...notes.map((note) => `<p class="warn">${escapeText(note)}</p>`),
      keyFigures(figures),
      section(
        "Balanced accuracy",
        `Intervals: 95 %, ${evaluation.resamples.toLocaleString("en-GB")} draws of subjects with replacement.`,
        intervalPicture(scores, labels.length),
        scoreTable(evaluation),
      ),
      section(
        "Confusion matrices",
        "True class down, predicted class across. Shade is the share of the true class.",
        classLegend(labels),
        `<div class="matrices">${scores.map(({ name, confusion, draws }) => confusionPicture(draws > 1 ? `${name} (first of ${draws})` : name, labels, confusion)).join("\n")}</div>`,
      ),
      section("By subject", "Balanced accuracy over the classes that a subject has.", subjectTable(evaluation)),
      section("What was judged", "", facts(origins(evaluation))),
    ],
    COLOURS,
  );
}

function scoreTable({ scores }: Evaluation): string {
  return table(
    ["model", "macro-F1", "weighted F1", "kappa", "agrees with old", "trained parameters"],
    scores.map(({ name, metrics, intervals, agreementWithOracle, trainableParameters, draws }) => [
      draws > 1 ? `${name} (mean of ${draws})` : name,
      withInterval(metrics.macroF1, intervals?.macroF1),
      score(metrics.weightedF1),
      score(metrics.kappa),
      agreementWithOracle === null ? "-" : score(agreementWithOracle),
      parameters(trainableParameters),
    ]),
  );
}

function subjectTable({ scores }: Evaluation): string {
  const [first] = scores;
  if (!first) return "";
  return table(
    ["subject", "windows", ...scores.map(({ name }) => name)],
    first.bySubject.map(({ subject, rows }, i) => [
      subject,
      String(rows),
      ...scores.map(({ bySubject }) => score(bySubject[i]!.balancedAccuracy)),
    ]),
  );
}

function origins({ bundle, old, pairs, labels, support, unlabelled, seed }: Evaluation): [string, string][] {
  return [
    ["old model", `${old.file}, sha256 ${old.sha256}`],
    ...pairs.map(({ file, sha256 }): [string, string] => ["pairs", `${file}, sha256 ${sha256}`]),
    ...Object.entries(bundle.files).map(([file, sha256]): [string, string] => [file, `sha256 ${sha256}`]),
    ["windows of each class", labels.map((label, k) => `${label}: ${support[k]}`).join(", ")],
    ["windows without a label, left out", String(unlabelled)],
    ["seed", String(seed)],
  ];
}
