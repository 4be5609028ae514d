import type { AnswerMessage } from "../../src/sinks/sink.js";
import { isPrediction } from "../history.js";
import { h, put } from "../lib/dom.js";
import { beats, clock, milliseconds, percent } from "../lib/format.js";

const HEADS = ["Time", "Answer", "Probability", "Quality", "Pulse", "Lost", "Latency"];
/** Newest answers that are listed. */
const LISTED = 8;

/** The newest answers as figures. Made only while it is open, and only where there are others: who reads in it is not thrown out of it. */
export class AnswerTable {
  private readonly rows = h("tbody");
  readonly element = h(
    "details",
    { toggle: () => this.write() },
    h("summary", {}, "Newest answers as a table"),
    h(
      "div",
      { class: "scroll", tabindex: 0, role: "group", "aria-label": "Newest answers" },
      h("table", {}, h("thead", {}, h("tr", {}, ...HEADS.map((head) => h("th", { scope: "col" }, head)))), this.rows),
    ),
  );
  private answers: readonly AnswerMessage[] = [];
  private listed = "";

  /** @param answers oldest first */
  update(answers: readonly AnswerMessage[]): void {
    this.answers = answers;
    this.write();
  }

  private write(): void {
    const newest = this.answers.slice(-LISTED).reverse();
    const listed = newest.map(({ id }) => id).join();
    if (!this.element.open || listed === this.listed) return;
    this.listed = listed;
    put(this.rows, ...newest.map(row));
  }
}

function row(answer: AnswerMessage): HTMLElement {
  const cells = isPrediction(answer)
    ? [
        `${answer.label}${answer.reliable ? "" : " (not reliable)"}`,
        percent(answer.probs[answer.index]),
        percent(answer.quality),
        beats(answer.pulseRate),
        `${answer.lost}`,
        milliseconds(answer.ageMs),
      ]
    : [answer.reason, "–", "–", "–", `${answer.lost}`, "–"];
  return h("tr", {}, h("th", { scope: "row" }, clock(answer.t[1])), ...cells.map((cell) => h("td", {}, cell)));
}
