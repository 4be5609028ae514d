import type { Prediction, Summary } from "../../engine/types.js";
import { bar, probabilityBars } from "./bars.js";
import { drawWave } from "./braille.js";
import { joinFitting, NAME_WIDTH, paint, row, type Span } from "./line.js";
import { clip, plain, textWidth } from "./text.js";

/** Everything that the live view shows at one moment. */
export interface ViewState {
  bundle: string;
  task: string;
  labels: readonly string[];
  device: string;
  /** Samples per second of the drawn stream. */
  rate: number;
  /** Length of a window and time between two, in device seconds. */
  window: { seconds: number; hop: number };
  channel: string;
  /** Samples of that channel since the start, lost ones included. */
  seen: number;
  /** Seconds since the start. */
  elapsed: number;
  /** Seconds since the last sample came. */
  silent: number;
  summary: Summary;
  prediction: Prediction | undefined;
  /** The last thing worth telling, such as why a window has no answer. */
  notice: string | undefined;
  /** Latest samples of `channel`, oldest first; NaN where one was lost or none is there yet. */
  wave: ArrayLike<number>;
}

const MAX_WIDTH = 100;
const WAVE_ROWS = 4;
const QUALITY_BAR = 20;
/** Below this share of usable signal the quality is shown as a warning. */
const GOOD_QUALITY = 0.8;
/** Seconds without a sample after which an open link is no good news any more. */
const SILENT_S = 2;

/**
 * The live view as lines that are narrower than the terminal, as many from call to call as long as the labels are the same.
 *
 * @param columns of the terminal
 * @param color whether to use terminal colours
 */
export function render(state: ViewState, columns: number, color: boolean): string[] {
  // The last column stays free: "erase to the end of the line" takes away a character that stands there.
  const width = Math.max(1, Math.min(columns - 1, MAX_WIDTH));
  const room = Math.max(1, width - NAME_WIDTH);
  const lines: Span[][] = [
    header(state, width),
    row("source", sourceText(state, room)),
    row("link", ...linkFacts(state, room)),
    [],
    ...probabilityBars(state.labels.map(plain), state.prediction, width),
    [],
    row("quality", ...qualityFacts(state, room)),
    ...drawWave(state.wave, room, WAVE_ROWS).map((line, i) =>
      row(i === 0 ? plain(state.channel) : "", [line, "green"]),
    ),
    row("latency", ...latencyFacts(state, room)),
    row("windows", ...windowFacts(state, room)),
    state.notice ? [[plain(state.notice), "yellow"]] : [],
    [["Ctrl-C ends. Predictions are not medical advice.", "gray"]],
  ];
  return lines.map((line) => paint(line, width, color));
}

function header({ bundle, task }: ViewState, width: number): Span[] {
  const name = clip(plain(bundle), width);
  return [
    [name, "bold"],
    [clip(`  ${plain(task)}`, width - textWidth(name)), "gray"],
  ];
}

/** The URI gives way: it is what the user typed, the rest is news. */
function sourceText({ summary, device, rate, elapsed }: ViewState, room: number): Span {
  const news = `  ${plain(device)}  ${rate} Hz  ${clock(elapsed)}`;
  return [clip(plain(summary.source), Math.max(8, room - textWidth(news))) + news];
}

function linkFacts({ summary, silent }: ViewState, room: number): Span[] {
  const { link, samples, lost } = summary;
  const errors = link.crcErrors + link.framingErrors + link.oversize;
  const facts: Span[] = [
    linkState(link.state, silent),
    [`${samples} samples`],
    lost > 0 ? [`${lost} lost`, "yellow"] : ["0 lost"],
    [`${errors} bad frames`],
  ];
  if (link.reconnects > 0) facts.push([`${link.reconnects} reconnects`]);
  if (link.lowLatency !== "unsupported") facts.push([`low latency ${link.lowLatency}`]);
  return joinFitting(facts, room);
}

function linkState(state: Summary["link"]["state"], silent: number): Span {
  if (state === "reconnecting") return ["○ reconnecting", "red"];
  if (state === "closed") return ["○ closed", "gray"];
  return silent > SILENT_S ? [`○ no data for ${Math.floor(silent)} s`, "yellow"] : ["● open", "green"];
}

function qualityFacts({ prediction, summary, window, rate, seen }: ViewState, room: number): Span[] {
  if (prediction) {
    const { quality, lost, reasons, reliable, pulseRate } = prediction;
    // Rounded down: 100 % is a whole window. The last digits of a product like 0.29 * 100 do not count.
    const percent = Math.floor(quality * 100 + 1e-6);
    const facts: Span[] = [[`${bar(quality, QUALITY_BAR)} ${percent} %`, quality > GOOD_QUALITY ? "green" : "yellow"]];
    if (!reliable) facts.push(["unreliable", "red"]);
    if (reasons.length > 0) facts.push([reasons.join(", "), "yellow"]);
    if (pulseRate !== null) facts.push([`pulse ${Math.round(pulseRate)} bpm`]);
    if (lost > 0) facts.push([`${lost} samples of this window lost`, "yellow"]);
    return joinFitting(facts, room);
  }
  if (summary.predictions + summary.unpredicted > 0) return [["no answer for the newest window", "yellow"]];
  const share = Math.min(1, seen / (window.seconds * rate));
  return [[`waiting for the first window: ${Math.floor(share * 100)} % of ${window.seconds} s`]];
}

function latencyFacts({ summary: { ms, predictions } }: ViewState, room: number): Span[] {
  if (predictions === 0) return [];
  const stages = (["prepare", "lower", "bridge", "upper", "total"] as const).map((s) => `${s} ${time(ms[s].p50)}`);
  const whole = [...stages, `age ${time(ms.age.p50)} ms`].join("  ");
  const short = `total ${time(ms.total.p50)}  age ${time(ms.age.p50)} ms`;
  const text = [`${whole} (median)`, whole, `${short} (median)`].find((t) => textWidth(t) <= room);
  return [[text ?? short]];
}

function windowFacts({ window, summary }: ViewState, room: number): Span[] {
  const { predictions, skippedHops, unpredicted } = summary;
  const facts: Span[] = [
    [`${window.seconds} s every ${window.hop} s`],
    [`${predictions} predictions`],
    [`${skippedHops} skipped`],
  ];
  if (unpredicted > 0) facts.push([`${unpredicted} without an answer`]);
  return joinFitting(facts, room);
}

function time(ms: number): string {
  return ms.toFixed(ms < 1 ? 2 : ms < 10 ? 1 : 0);
}

function clock(seconds: number): string {
  const s = Math.floor(seconds);
  return `${Math.floor(s / 60)}:${String(s % 60).padStart(2, "0")}`;
}
