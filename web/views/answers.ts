import type { AnswerMessage } from "../../src/sinks/sink.js";
import { Figure } from "../charts/figure.js";
import { toneOf } from "../charts/label-colour.js";
import { Probabilities } from "../charts/probabilities.js";
import { Trend } from "../charts/trend.js";
import { isPrediction } from "../history.js";
import { announce } from "../lib/announce.js";
import { h, put, setText } from "../lib/dom.js";
import { beats, percent, tick } from "../lib/format.js";
import type { Model } from "../model.js";
import { AnswerTable } from "./answer-table.js";
import { choice } from "./choice.js";
import { describeAnswers, describeRange } from "./in-words.js";

const SPANS = [
  ["5 min", 300],
  ["30 min", 1800],
  ["3 h", 10_800],
] as const;
/** An answer this many hops after the last is not joined to it by a line. */
const BREAK_HOPS = 2.5;

/** What the model said over time, with pulse rate and quality. */
export class Answers {
  private readonly span = choice("Show", SPANS, 300, () => this.draw());
  private readonly legend = h("ul", { class: "legend" });
  private readonly problem = h("p", { class: "soft", role: "status" });
  private readonly table = new AnswerTable();
  private readonly figures = {
    labels: new Figure("Labels and their probabilities over time"),
    pulse: new Figure("Pulse rate over time"),
    quality: new Figure("Quality over time"),
  };
  private readonly probabilities = new Probabilities(this.figures.labels.plot);
  private readonly pulse = new Trend(this.figures.pulse.plot, "pulse", [40, 120], 20, tick);
  private readonly quality = new Trend(this.figures.quality.plot, "line", [0, 1], 1, percent);
  readonly element: HTMLElement;
  private shown = "";
  private named = "";
  private bundle: string | undefined;
  private hopMs = 1000;
  private said: string | undefined;

  constructor(private readonly model: Model) {
    const { labels, pulse, quality } = this.figures;
    this.element = h(
      "section",
      { class: "card", "aria-label": "Answers over time" },
      h("div", { class: "heading" }, h("h2", {}, "Answers over time"), this.legend, this.span.element),
      this.problem,
      labels.element,
      h(
        "div",
        { class: "pair" },
        h("div", {}, h("h3", {}, "Pulse rate", h("span", { class: "soft" }, " beats a minute")), pulse.element),
        h("div", {}, h("h3", {}, "Quality"), quality.element),
      ),
      this.table.element,
    );
  }

  update(bundle: string | undefined, hop: number, latest: AnswerMessage | undefined): void {
    this.hopMs = hop * 1000;
    if (bundle !== this.bundle) this.said = undefined;
    this.bundle = bundle;
    this.nameLabels(bundle === undefined ? [] : this.model.labelsOf(bundle));
    this.sayChange(latest);
    // Nothing moves within a second that one could see over minutes.
    const shown = `${bundle} ${this.model.history.version} ${Math.floor(this.model.now() / 1000)} ${this.span.value()}`;
    if (shown === this.shown) return;
    this.shown = shown;
    this.draw();
  }

  /** Says what could not be had. */
  say(problem: string): void {
    setText(this.problem, problem);
  }

  destroy(): void {
    for (const chart of [this.probabilities, this.pulse, this.quality]) chart.destroy();
  }

  private draw(): void {
    if (this.bundle === undefined) return;
    const to = this.model.now();
    const from = to - this.span.value() * 1000;
    const answers = this.model.history.answersOf(this.bundle, from - this.hopMs);
    const { markers } = this.model.history;
    this.probabilities.draw(answers, markers, this.hopMs, from, to);
    const x: number[] = [];
    const pulse: (number | null)[] = [];
    const quality: (number | null)[] = [];
    for (const answer of answers) {
      const at = answer.t[1];
      const last = x.at(-1);
      if (last !== undefined && at - last > BREAK_HOPS * this.hopMs) {
        x.push(last + this.hopMs);
        pulse.push(null);
        quality.push(null);
      }
      x.push(at);
      pulse.push(isPrediction(answer) ? answer.pulseRate : null);
      quality.push(isPrediction(answer) ? answer.quality : null);
    }
    this.pulse.draw(from, to, x, pulse);
    this.quality.draw(from, to, x, quality);
    this.table.update(answers);
    const given = answers.filter(isPrediction);
    this.figures.labels.describe(describeAnswers(answers));
    this.figures.pulse.describe(
      describeRange(
        given.map((answer) => answer.pulseRate),
        beats,
      ),
    );
    this.figures.quality.describe(
      describeRange(
        given.map((answer) => answer.quality),
        percent,
      ),
    );
  }

  private nameLabels(labels: readonly string[]): void {
    const names = labels.join("\n");
    if (this.legend.childElementCount > 0 && names === this.named) return;
    this.named = names;
    const named = labels.map((label, i) => {
      const { tone, striped } = toneOf(i);
      return h("li", { "data-tone": tone, "data-striped": striped }, label);
    });
    put(
      this.legend,
      ...named,
      h("li", { class: "is-faint" }, "faint: not reliable"),
      h("li", { class: "is-lost" }, "no answer"),
    );
  }

  private sayChange(latest: AnswerMessage | undefined): void {
    if (!isPrediction(latest) || latest.label === this.said) return;
    if (this.said !== undefined) announce(`${latest.wearer}: ${latest.label}, ${percent(latest.probs[latest.index])}`);
    this.said = latest.label;
  }
}
