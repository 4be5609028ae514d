import type uPlot from "uplot";
import type { AnswerMessage, MarkerMessage } from "../../src/sinks/sink.js";
import { inkOn, labelFill } from "./label-colour.js";
import { paintMarkers, paintMissing } from "./paint.js";
import { LABEL_COLOURS, palette } from "./palette.js";
import { ABOVE, FONT, Plot } from "./plot.js";

/** Height of the chart, and of the strip of labels below the probabilities, CSS pixels. */
const HEIGHT = 138;
const STRIP = 18;
const LINE = 3;
/** Room between a label and the ends of its stretch of the strip, CSS pixels. */
const ROOM = 5;
/** An answer stands for the time until the next, but for no more than so many hops: then there was none. */
const LONGEST_HOPS = 2.5;
/** How strongly an answer is painted that is reliable, and one that is not: its probabilities, and its label. */
const STRENGTH = { reliable: [0.42, 1], unreliable: [0.16, 0.35] } as const;

/** Answers with the same label, one after another. */
interface Stretch {
  readonly index: number;
  readonly label: string;
  readonly reliable: boolean;
  readonly left: number;
  right: number;
}

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
      height: HEIGHT,
      timeAxis: true,
      // Nought stands above the strip.
      limits: () => [-(STRIP + LINE) / (HEIGHT - ABOVE - STRIP - LINE), 1],
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
    const stretches: Stretch[] = [];
    for (let i = 0; i < answers.length; i++) {
      const answer = answers[i]!;
      const begin = answer.t[1];
      const next = answers[i + 1]?.t[1] ?? Number.POSITIVE_INFINITY;
      const end = next - begin <= LONGEST_HOPS * hopMs ? next : begin + hopMs;
      if (answer.type !== "prediction") {
        paintMissing(plot, context, begin, end);
        continue;
      }
      // Whole pixels, so that neighbours neither overlap nor leave a seam.
      const left = Math.round(plot.valToPos(begin, "x", true));
      const right = Math.round(plot.valToPos(end, "x", true));
      if (left === right) continue;
      paintColumn(plot, context, left, right, answer);
      const { index, label, reliable } = answer;
      const last = stretches.at(-1);
      if (last?.right === left && last.index === index && last.reliable === reliable) last.right = right;
      else stretches.push({ index, label, reliable, left, right });
    }
    for (const stretch of stretches) paintStretch(plot, context, stretch);
    paintMarkers(plot, context, this.markers);
  }
}

/** How an answer's probabilities divide the height above the strip. */
function paintColumn(
  { bbox: { top, height } }: uPlot,
  context: CanvasRenderingContext2D,
  left: number,
  right: number,
  { probs, reliable }: AnswerMessage & { type: "prediction" },
): void {
  const colours = palette();
  const whole = height - (STRIP + LINE) * devicePixelRatio;
  let y = top + whole;
  context.globalAlpha = STRENGTH[reliable ? "reliable" : "unreliable"][0];
  for (const [i, share] of probs.entries()) {
    context.fillStyle = labelFill(colours, i);
    context.fillRect(left, y - share * whole, right - left, share * whole);
    y -= share * whole;
  }
  context.globalAlpha = 1;
}

/** A stretch of the strip, with the name of its label where there is room. */
function paintStretch(
  { bbox }: uPlot,
  context: CanvasRenderingContext2D,
  { index, label, reliable, left, right }: Stretch,
): void {
  const colours = palette();
  const room = ROOM * devicePixelRatio;
  const height = STRIP * devicePixelRatio;
  const top = bbox.top + bbox.height - height;
  context.globalAlpha = STRENGTH[reliable ? "reliable" : "unreliable"][1];
  context.fillStyle = labelFill(colours, index);
  context.fillRect(left, top, right - left, height);
  context.globalAlpha = 1;
  context.font = FONT.replace(/^\d+/, (size) => String(Number(size) * devicePixelRatio));
  const begin = Math.max(left, bbox.left) + room;
  const { width } = context.measureText(label);
  if (width > Math.min(right, bbox.left + bbox.width) - room - begin) return;
  const striped = index >= LABEL_COLOURS;
  if (striped) {
    context.fillStyle = colours.card;
    context.fillRect(begin - room / 2, top + 2, width + room, height - 4);
  }
  context.fillStyle = striped || !reliable ? colours.ink : inkOn(colours.labels[index]!);
  context.textAlign = "left";
  context.textBaseline = "middle";
  context.fillText(label, begin, top + height / 2);
}
