import { styleText } from "node:util";
import type { Prediction, Summary } from "../../engine/types.js";
import { drawWave } from "./braille.js";

/** Everything that the live view shows at one moment. */
export interface ViewState {
  bundle: string;
  task: string;
  labels: readonly string[];
  device: string;
  rate: number;
  window: { seconds: number; hop: number };
  channel: string;
  /** Seconds since the start. */
  elapsed: number;
  /** Seconds since the last sample came. */
  silent: number;
  summary: Summary;
  prediction: Prediction | undefined;
  /** The last thing worth telling, such as why a window has no answer. */
  notice: string | undefined;
  wave: ArrayLike<number>;
}

const LABEL_WIDTH = 11;
const WAVE_ROWS = 4;

/**
 * The live view as lines of at most `columns` characters.
 *
 * @param color whether to use terminal colours
 */
export function render(state: ViewState, columns: number, color: boolean): string[] {
  const paint = (style: Parameters<typeof styleText>[0], text: string): string =>
    color ? styleText(style, text) : text;
  const width = Math.max(40, Math.min(columns, 100));
  const row = (name: string, text: string): string => paint("gray", name.padEnd(LABEL_WIDTH)) + text;
  return [
    paint("bold", state.bundle) + paint("gray", clip(`  ${state.task}`, width - state.bundle.length)),
    row(
      "source",
      clip(`${state.summary.source}  ${state.device}  ${state.rate} Hz  ${clock(state.elapsed)}`, width - LABEL_WIDTH),
    ),
    row("link", linkLine(state, paint)),
    "",
    ...probabilityBars(state, width, paint),
    "",
    row("quality", qualityLine(state, paint)),
    ...drawWave(state.wave, width - LABEL_WIDTH, WAVE_ROWS).map((line, i) =>
      row(i === 0 ? clip(state.channel, LABEL_WIDTH - 1) : "", paint("green", line)),
    ),
    row("latency", latencyLine(state)),
    row("windows", windowsLine(state)),
    state.notice ? paint("yellow", clip(state.notice, width)) : "",
    paint("gray", "Ctrl-C ends. Predictions are not medical advice."),
  ];
}

type Paint = (style: Parameters<typeof styleText>[0], text: string) => string;

function linkLine({ summary, silent }: ViewState, paint: Paint): string {
  const { link, samples, lost } = summary;
  const quiet = link.state === "open" && silent > 2;
  const state = quiet
    ? paint("yellow", `○ no data for ${Math.floor(silent)} s`)
    : link.state === "open"
      ? paint("green", "● open")
      : paint("red", `○ ${link.state}`);
  const errors = link.crcErrors + link.framingErrors + link.oversize;
  const parts = [`${samples} samples`, lost > 0 ? paint("yellow", `${lost} lost`) : "0 lost", `${errors} bad frames`];
  if (link.reconnects > 0) parts.push(`${link.reconnects} reconnects`);
  if (link.lowLatency !== "unsupported") parts.push(`low latency ${link.lowLatency}`);
  return [state, ...parts].join("  ");
}

function probabilityBars({ labels, prediction }: ViewState, width: number, paint: Paint): string[] {
  const nameWidth = Math.min(32, Math.max(...labels.map((label) => label.length)));
  const barWidth = Math.max(10, width - nameWidth - 10);
  return labels.map((label, i) => {
    const p = prediction?.probs[i] ?? 0;
    const chosen = prediction?.index === i;
    const line = `${clip(label, nameWidth).padEnd(nameWidth)} ${bar(p, barWidth)} ${`${Math.round(p * 100)} %`.padStart(5)}`;
    return chosen ? paint(["bold", "cyan"], `${line} ◀`) : line;
  });
}

function qualityLine({ prediction }: ViewState, paint: Paint): string {
  if (!prediction) return "waiting for the first window";
  const { quality, lost } = prediction;
  const text = `${bar(quality, 20)} ${Math.round(quality * 100)} %`;
  return paint(quality > 0.8 ? "green" : "yellow", text) + (lost > 0 ? `  ${lost} samples of this window lost` : "");
}

function latencyLine({ prediction, summary }: ViewState): string {
  if (!prediction) return "";
  const { ms } = summary;
  const stage = (name: "prepare" | "lower" | "bridge" | "upper" | "total"): string => `${name} ${time(ms[name].p50)}`;
  return `${(["prepare", "lower", "bridge", "upper", "total"] as const).map(stage).join("  ")}  age ${time(ms.age.p50)} ms (median)`;
}

function windowsLine({ window, summary }: ViewState): string {
  const { predictions, skippedHops, unpredicted } = summary;
  const parts = [`${window.seconds} s every ${window.hop} s`, `${predictions} predictions`, `${skippedHops} skipped`];
  if (unpredicted > 0) parts.push(`${unpredicted} without an answer`);
  return parts.join("  ");
}

const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"] as const;

function bar(share: number, width: number): string {
  const eighths = Math.round(Math.max(0, Math.min(1, share)) * width * 8);
  return ("█".repeat(eighths >> 3) + EIGHTHS[eighths & 7]!).padEnd(width);
}

function time(ms: number): string {
  return ms < 10 ? ms.toFixed(2) : ms.toFixed(0);
}

function clock(seconds: number): string {
  const s = Math.floor(seconds);
  return `${Math.floor(s / 60)}:${String(s % 60).padStart(2, "0")}`;
}

function clip(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, Math.max(0, width - 1))}…` : text;
}
