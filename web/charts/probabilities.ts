import type uPlot from "uplot";
import type { AnswerMessage, MarkerMessage } from "../../src/sinks/sink.js";
import { paintMarkers, paintMissing } from "./paint.js";
import { LABEL_COLOURS, palette } from "./palette.js";
import { Plot } from "./plot.js";

/** Height of the strip of labels below the probabilities, CSS pixels. */
const STRIP = 12;
const LINE = 3;
/** An answer stands for the time until the next, but for no more than so many hops: then there was none. */
const LONGEST_HOPS = 2.5;

/**
 * What the model said over time: each answer a column, as wide as the time until the next, divided among the labels by their
 * probabilities; below it the label itself. Windows without an answer are hatched.
 */
export class Probabilities {
  private readonly plot: Plot;
  private answers: readonly AnswerMessage[] = [];
  private markers: readonly MarkerMessage[] = [];
  private hopMs = 1000;

  constructor(element: HTMLElement) {
    this.plot = new Plot(element, {
      height: 132,
      timeAxis: true,
      limits: () => [0, 1],
      marks: () => [0, 0.5, 1],
      label: (value) => `${Math.round(value * 100)} %`,
      before: (plot, context) => this.paint(plot, context),
    });
  }

  draw(
    answers: readonly AnswerMessage[],
    markers: readonly MarkerMessage[],
    hopMs: number,
    from: number,
    to: number,
  ): void {
    this.answers = answers;
    this.markers = markers;
    this.hopMs = hopMs;
    this.plot.draw(from, to);
  }

  destroy(): void {
    this.plot.destroy();
  }

  private paint(plot: uPlot, context: CanvasRenderingContext2D): void {
    const { answers, hopMs } = this;
    for (let i = 0; i < answers.length; i++) {
      const answer = answers[i]!;
      const begin = answer.t[1];
      const next = answers[i + 1]?.t[1] ?? Number.POSITIVE_INFINITY;
      const end = next - begin <= LONGEST_HOPS * hopMs ? next : begin + hopMs;
      if (answer.type === "prediction")
        this.column(plot, context, begin, end, answer.probs, answer.index, answer.reliable);
      else paintMissing(plot, context, begin, end);
    }
    paintMarkers(plot, context, this.markers);
  }

  private column(
    plot: uPlot,
    context: CanvasRenderingContext2D,
    begin: number,
    end: number,
    probs: readonly number[],
    index: number,
    reliable: boolean,
  ): void {
    const { labels } = palette();
    const { top, height } = plot.bbox;
    const strip = STRIP * devicePixelRatio;
    const line = LINE * devicePixelRatio;
    // Whole pixels, so that neighbours neither overlap nor leave a seam.
    const left = Math.round(plot.valToPos(begin, "x", true));
    const width = Math.round(plot.valToPos(end, "x", true)) - left;
    if (width === 0) return;
    let y = top + height - strip - line;
    context.globalAlpha = reliable ? 0.42 : 0.16;
    for (let i = 0; i < probs.length; i++) {
      const share = probs[i]! * (height - strip - line);
      context.fillStyle = labels[i % LABEL_COLOURS]!;
      context.fillRect(left, y - share, width, share);
      y -= share;
    }
    context.globalAlpha = reliable ? 1 : 0.35;
    context.fillStyle = labels[index % LABEL_COLOURS]!;
    context.fillRect(left, top + height - strip, width, strip);
    context.globalAlpha = 1;
  }
}
