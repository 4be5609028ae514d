import type { Prediction, Summary } from "../../engine/types.js";
import { joinFitting, paint, type Span } from "./line.js";
import { clip, pad, plain, textWidth } from "./text.js";

/** What is known of one source at one moment. */
export interface SourceState {
  uri: string;
  /** `open` and `reconnecting` are of its link. */
  state: "opening" | "open" | "reconnecting" | "ended" | "failed";
  /** Seconds since its last sample. */
  silent: number;
  /** There once it runs. */
  summary: Summary | undefined;
  /** Of its newest window; undefined where that has no answer. */
  prediction: Prediction | undefined;
  /** Why it has no answer, or has failed. */
  notice: string | undefined;
}

/** Everything that the view of several sources shows at one moment. */
export interface SourcesState {
  bundle: string;
  task: string;
  labels: readonly string[];
  engines: number;
  /** Seconds since the start. */
  elapsed: number;
  sources: readonly SourceState[];
}

const MAX_WIDTH = 120;
/** Columns of " 100 %" behind a label, and of the gap between two columns of the table. */
const PERCENT = 6;
const GAP = 2;
/** Below this share of usable signal the quality is shown as a warning. */
const GOOD_QUALITY = 0.8;
/** Seconds without a sample after which an open link is no good news any more. */
const SILENT_S = 2;

/**
 * Several sources, a line each, narrower than the terminal.
 *
 * @param columns of the terminal
 * @param color whether to use terminal colours
 */
export function renderSources(state: SourcesState, columns: number, color: boolean): string[] {
  const width = Math.max(1, Math.min(columns - 1, MAX_WIDTH));
  const { sources, engines, labels } = state;
  const widest = (texts: readonly string[]): number => Math.max(...texts.map((text) => textWidth(plain(text))));
  const uri = Math.min(widest(sources.map((source) => source.uri)), Math.floor(width * 0.3));
  const answer = Math.min(widest(labels) + PERCENT, Math.floor(width * 0.3));
  const minutes = `${Math.floor(state.elapsed / 60)}:${String(Math.floor(state.elapsed) % 60).padStart(2, "0")}`;
  const lines: Span[][] = [
    [
      [clip(plain(state.bundle), width), "bold"],
      [`  ${plain(state.task)}`, "gray"],
    ],
    [[`${sources.length} sources on ${engines} ${engines === 1 ? "engine" : "engines"}  ${minutes}`, "gray"]],
    [],
    ...sources.map((source) => line(source, { uri, answer, facts: width - uri - answer - 2 * GAP - 2 })),
    [],
    [["Ctrl-C ends. Predictions are not medical advice.", "gray"]],
  ];
  return lines.map((spans) => paint(spans, width, color));
}

function line(source: SourceState, room: { uri: number; answer: number; facts: number }): Span[] {
  const name: Span = [pad(clip(plain(source.uri), room.uri), room.uri + GAP)];
  return [mark(source), name, answerOf(source, room.answer), [" ".repeat(GAP)], ...factsOf(source, room.facts)];
}

function mark({ state, silent }: SourceState): Span {
  if (state === "failed") return ["✗ ", "red"];
  if (state === "ended") return ["· ", "gray"];
  if (state === "reconnecting") return ["○ ", "red"];
  return state === "opening" || silent > SILENT_S ? ["○ ", "yellow"] : ["● ", "green"];
}

/** The label with its probability; its number does not move when the label changes. */
function answerOf({ prediction, state }: SourceState, width: number): Span {
  if (!prediction || state === "failed") return [pad("–", width), "gray"];
  const percent = `${Math.round(prediction.probs[prediction.index]! * 100)} %`.padStart(PERCENT);
  const room = Math.max(1, width - PERCENT);
  return [pad(clip(plain(prediction.label), room), room) + percent, "bold"];
}

function factsOf({ state, silent, summary, prediction, notice }: SourceState, room: number): Span[] {
  if (state === "failed") return [[plain(notice ?? "failed"), "red"]];
  if (state === "opening" || !summary) return [["waiting for the source", "gray"]];
  const { predictions, skippedHops, lost, ms } = summary;
  const facts: Span[] = [];
  if (state === "ended") facts.push(["ended", "gray"]);
  else if (state === "reconnecting") facts.push(["reconnecting", "red"]);
  else if (silent > SILENT_S) facts.push([`no data for ${Math.floor(silent)} s`, "yellow"]);
  if (notice) return [...joinFitting([...facts, [plain(notice), "yellow"]], room)];
  if (prediction) {
    const percent = Math.floor(prediction.quality * 100 + 1e-6);
    facts.push([`quality ${percent} %`, prediction.quality > GOOD_QUALITY ? "green" : "yellow"]);
  }
  facts.push([`${lost} lost`, lost > 0 ? "yellow" : "reset"], [`${predictions} predictions`]);
  if (predictions > 0) facts.push([`age ${ms.age.p50.toFixed(ms.age.p50 < 10 ? 1 : 0)} ms`]);
  if (skippedHops > 0) facts.push([`${skippedHops} skipped`, "yellow"]);
  return joinFitting(facts, room);
}
