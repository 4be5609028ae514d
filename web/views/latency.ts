import type { Summary } from "../../src/engine/types.js";
import { HeatMap } from "../charts/heat-map.js";
import { type Answered, isPrediction } from "../history.js";
import { h, setText } from "../lib/dom.js";
import { milliseconds } from "../lib/format.js";
import type { Model } from "../model.js";
import { choice } from "./choice.js";

type Stage = keyof Summary["ms"];

const STAGES: readonly (readonly [Stage, string])[] = [
  ["age", "from the last byte to the answer"],
  ["total", "all stages of the model"],
  ["prepare", "filters and resampling"],
  ["lower", "lower half"],
  ["bridge", "bridge"],
  ["upper", "upper half"],
];

/** How long each stage took, as a histogram over time. */
export class Latency {
  private readonly span = choice(
    "Show",
    [
      ["5 min", 300],
      ["30 min", 1800],
      ["3 h", 10_800],
    ],
    300,
    () => this.draw(),
  );
  private readonly maps: { stage: Stage; map: HeatMap; figures: HTMLElement }[] = [];
  private readonly grid = h("div", { class: "stages" });
  readonly element = h(
    "section",
    { class: "card", "aria-label": "Latency" },
    h(
      "div",
      { class: "heading" },
      h("h2", {}, "Latency of each stage"),
      h("p", { class: "soft" }, "The deeper the colour, the more answers took so long."),
      this.span.element,
    ),
    this.grid,
  );
  private shown = "";
  private bundle: string | undefined;

  constructor(private readonly model: Model) {
    for (const [stage, meaning] of STAGES) {
      const id = `latency-${stage}`;
      const figures = h("p", { id, class: "figures" });
      const plot = h("div", {
        class: "plot",
        role: "img",
        "aria-label": `Histogram of ${stage} over time`,
        "aria-describedby": id,
      });
      this.grid.append(h("div", {}, h("h3", {}, stage, h("span", { class: "soft" }, ` ${meaning}`)), figures, plot));
      this.maps.push({ stage, map: new HeatMap(plot), figures });
    }
  }

  update(bundle: string | undefined, summary: Summary | undefined): void {
    this.bundle = bundle;
    for (const { stage, figures } of this.maps) {
      const at = summary?.ms[stage];
      setText(figures, `median ${milliseconds(at?.p50)} · P95 ${milliseconds(at?.p95)} · P99 ${milliseconds(at?.p99)}`);
    }
    // Cells of a histogram are seconds wide.
    const shown = `${bundle} ${Math.floor(this.model.now() / 5000)} ${this.span.value()}`;
    if (shown === this.shown) return;
    this.shown = shown;
    this.draw();
  }

  /** Draws at the next update, whenever the last was: earlier answers have come. */
  redraw(): void {
    this.shown = "";
  }

  destroy(): void {
    for (const { map } of this.maps) map.destroy();
  }

  private draw(): void {
    const to = this.model.now();
    const from = to - this.span.value() * 1000;
    const answers =
      this.bundle === undefined ? [] : this.model.history.answersOf(this.bundle, from).filter(isPrediction);
    const times = answers.map(({ t }) => t[1]);
    for (const { stage, map } of this.maps) map.draw(times, answers.map(took(stage)), from, to);
  }
}

function took(stage: Stage): (answer: Answered) => number {
  return ({ ms, ageMs }) => (stage === "age" ? ageMs : ms[stage]);
}
