import type { Payload } from "../outbox.js";

/** Columns of every file, in order; what a message does not have is empty. */
export const COLUMNS = [
  "time",
  "id",
  "type",
  "bundle",
  "window_start",
  "window_end",
  "label",
  "index",
  "probability",
  "quality",
  "reliable",
  "reasons",
  "pulse_rate",
  "lost",
  "age_ms",
  "state",
  "reason",
  "name",
  "by",
  "skipped_hops",
] as const;

type Cell = string | number | boolean | null | undefined;

/** A spreadsheet would compute a text that begins so, whoever wrote it. */
const FORMULA = /^[=+\-@\t\r]/;

function cell(value: Cell): string {
  if (value === null || value === undefined) return "";
  if (typeof value !== "string") return String(value);
  const text = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** One record of RFC 4180, with its line end. */
export function csvRecord(cells: readonly Cell[]): string {
  return `${cells.map(cell).join(",")}\r\n`;
}

const iso = (ms: number): string => new Date(ms).toISOString();

/** A message as a record with `COLUMNS`. */
export function messageRecord(message: Payload): string {
  const cells: Partial<Record<(typeof COLUMNS)[number], Cell>> = {
    time: iso(message.at),
    id: message.id,
    type: message.type,
  };
  if ("bundle" in message) cells.bundle = message.bundle;
  if ("t" in message) Object.assign(cells, { window_start: iso(message.t[0]), window_end: iso(message.t[1]) });
  if ("lost" in message) cells.lost = message.lost;
  if ("reason" in message) cells.reason = message.reason;
  if (message.type === "prediction" || message.type === "quality") {
    const { quality, reliable, reasons, pulseRate } = message;
    Object.assign(cells, { quality, reliable, reasons: reasons.join(" "), pulse_rate: pulseRate });
  }
  if (message.type === "prediction") {
    const { label, index, probs, ageMs } = message;
    Object.assign(cells, { label, index, probability: probs[index], age_ms: ageMs });
  }
  if (message.type === "link") cells.state = message.state;
  if (message.type === "marker") Object.assign(cells, { name: message.name, by: message.by });
  if (message.type === "overload") cells.skipped_hops = message.skippedHops;
  return csvRecord(COLUMNS.map((column) => cells[column]));
}
