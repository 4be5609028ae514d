import { escapeText } from "../../../html/markup.js";

/** As many characters as fit above a cell of a confusion matrix. */
const LONGEST_NAME = 9;

/** What confusion matrices call the classes: their names, or numbers from 1 where one name is too long to stand there. */
export function shownNames(labels: readonly string[]): readonly string[] {
  return areLong(labels) ? labels.map((_, i) => String(i + 1)) : labels;
}

/** A list that says what the numbers stand for; nothing where names are shown. */
export function classLegend(labels: readonly string[]): string {
  if (!areLong(labels)) return "";
  return `<ol class="classes">${labels.map((label) => `<li>${escapeText(label)}</li>`).join("")}</ol>`;
}

function areLong(labels: readonly string[]): boolean {
  return labels.some((label) => label.length > LONGEST_NAME);
}
