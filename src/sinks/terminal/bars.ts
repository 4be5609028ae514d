import type { Prediction } from "../../engine/types.js";
import type { Span } from "./line.js";
import { clip, pad, textWidth } from "./text.js";

/** Rows that a view of a model with very many labels keeps for them. */
const MAX_LABELS = 10;
const MAX_NAME = 32;
const MIN_BAR = 8;
/** " 100 % ◀" and the space before the bar. */
const AROUND_BAR = 9;

/**
 * One line per label: name, bar, per cent; without a prediction empty bars. Of more than ten labels the most probable ten are shown.
 *
 * @param width columns of a whole line
 */
export function probabilityBars(
  labels: readonly string[],
  prediction: Prediction | undefined,
  width: number,
): Span[][] {
  const shown = mostProbable(labels, prediction);
  const longest = Math.max(...shown.map((i) => textWidth(labels[i]!)));
  const nameWidth = Math.max(1, Math.min(MAX_NAME, longest, width - AROUND_BAR - MIN_BAR));
  const barWidth = Math.max(1, width - nameWidth - AROUND_BAR);
  const lines = shown.map((i): Span[] => {
    const p = prediction?.probs[i];
    const name = pad(clip(labels[i]!, nameWidth), nameWidth);
    const share = p === undefined ? "–" : `${Math.round(p * 100)} %`;
    const line = `${name} ${bar(p ?? 0, barWidth)} ${share.padStart(5)}`;
    return prediction?.index === i ? [[`${line} ◀`, ["bold", "cyan"]]] : [[line]];
  });
  if (shown.length < labels.length) lines.push([[`and ${labels.length - shown.length} less probable labels`, "gray"]]);
  return lines;
}

/** Indexes of the labels to show: all in their order, or the most probable ones first. */
function mostProbable(labels: readonly string[], prediction: Prediction | undefined): number[] {
  const order = labels.map((_, i) => i);
  if (labels.length <= MAX_LABELS) return order;
  const p = (i: number): number => prediction?.probs[i] ?? 0;
  return order.sort((a, b) => p(b) - p(a)).slice(0, MAX_LABELS);
}

const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"] as const;

/** A bar of `width` columns of which `share` (0 to 1) is filled, to an eighth of a column. */
export function bar(share: number, width: number): string {
  const eighths = Math.round(Math.max(0, Math.min(1, share)) * width * 8);
  return ("█".repeat(eighths >> 3) + EIGHTHS[eighths & 7]!).padEnd(width);
}
