/**
 * One line of text, understood as one of the forms that sketches print:
 * - `named`: `red=1, ir=2`, ` R[1] IR[2]`, `BPM: 72`, `{"signal":512,"bpm":72}`, `PSWS,1,LIVE,...`
 * - `plain`: `1,2,3`, tab, semicolon or blank between them, or one number
 * - `tagged`: a letter and a number, `S512`
 * - `header`: `red,ir,green`
 */
export interface Line {
  form: "named" | "plain" | "tagged" | "header";
  /** One for each value; none in a plain line. */
  names: readonly string[];
  /** NaN where the sketch prints "nan", "inf", "ovf", or nothing; none in a header. */
  values: readonly number[];
  /** Text among the values that changes now and then, such as the state of a PSWS line. */
  state?: string;
  /** What it has in common with lines of its kind: the names or, without names, how many numbers there are. */
  signature: string;
}

type Parsed = Omit<Line, "signature">;

export type Delimiter = "auto" | "comma" | "semicolon" | "tab" | "space";

const NUMBER = "[-+]?(?:\\d+\\.?\\d*|\\.\\d+)(?:[eE][-+]?\\d+)?|[nN][aA][nN]|[-+]?[iI][nN][fF]|ovf";
const WHOLE_NUMBER = new RegExp(`^(?:${NUMBER})$`);
const PAIR = new RegExp(
  `[\\s,;]*([A-Za-z][\\w .%/-]*?)\\s*(?:[=:]\\s*(${NUMBER})|\\[(${NUMBER})\\])(?=[\\s,;]|$)`,
  "y",
);
const REMARK = /^[\s,;]*[^\d=:[\]{}]*$/;
const LABELLED = new RegExp(`^([A-Za-z]\\w*)\\s+(${NUMBER})$`);
const TAGGED = /^([A-Za-z])(-?\d+)$/;
const NAME = /^[A-Za-z_][\w .()/%-]*$/;

export function parseLine(text: string, delimiter: Delimiter): Line | undefined {
  const parsed = parse(text, delimiter);
  return parsed && { ...parsed, signature: signatureOf(parsed) };
}

function signatureOf({ form, names, values }: Parsed): string {
  if (form === "plain") return `plain ${values.length}`;
  return form === "tagged" ? "tagged" : `${form} ${names.join()}`;
}

function parse(text: string, delimiter: Delimiter): Parsed | undefined {
  const line = text.trim();
  const first = line.charCodeAt(0);
  if (first === 0x7b) return parseJson(line);
  // Digits, a sign, a point or a comma: by far the most frequent, so before the regular expressions.
  if (first < 0x3a) return parsePlain(line, delimiter);
  if (line.startsWith("PSWS,")) return parsePsws(line);
  const tagged = TAGGED.exec(line);
  if (tagged) return { form: "tagged", names: [tagged[1]!], values: [Number(tagged[2])] };
  return parsePairs(line) ?? parseLabelled(line) ?? parsePlain(line, delimiter) ?? parseHeader(line, delimiter);
}

/** The number in `text`; NaN for what stands for none; undefined where it is something else. */
function number(text: string): number | undefined {
  if (text === "") return Number.NaN;
  if (!WHOLE_NUMBER.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : Number.NaN;
}

function parseJson(line: string): Parsed | undefined {
  let object: unknown;
  try {
    object = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof object !== "object" || object === null) return undefined;
  const names: string[] = [];
  const values: number[] = [];
  for (const [name, value] of Object.entries(object)) {
    if (typeof value !== "number" && typeof value !== "boolean" && value !== null) continue;
    names.push(name);
    values.push(value === null ? Number.NaN : Number(value));
  }
  return names.length > 0 ? { form: "named", names, values } : undefined;
}

/** PulseSensor's PulseLink: version 1 has these fields, version 2 seven more, of which only the count is checked. */
const PSWS_NAMES = ["seq", "tms", "signal", "bpm", "ibi", "beat", "quality"];
const PSWS_FIELDS: Readonly<Record<string, number>> = { "1": 11, "2": 18 };

function parsePsws(line: string): Parsed | undefined {
  const cells = line.split(",");
  if (cells.length !== PSWS_FIELDS[cells[1]!]) return undefined;
  const values = cells.slice(3, 10).map(number);
  const state = cells[10]!;
  if (!values.every((value) => value !== undefined) || !/^[A-Z0-9_]+$/.test(state)) return undefined;
  return { form: "named", names: PSWS_NAMES, values, state: `${cells[2]} ${state}` };
}

function parsePairs(line: string): Parsed | undefined {
  const names: string[] = [];
  const values: number[] = [];
  PAIR.lastIndex = 0;
  let end = 0;
  for (let pair = PAIR.exec(line); pair; pair = PAIR.exec(line)) {
    end = PAIR.lastIndex;
    names.push(pair[1]!);
    values.push(number(pair[2] ?? pair[3]!)!);
  }
  // A sketch may add words, as "No finger?".
  return names.length > 0 && REMARK.test(line.slice(end)) ? { form: "named", names, values } : undefined;
}

function parseLabelled(line: string): Parsed | undefined {
  const match = LABELLED.exec(line);
  return match ? { form: "named", names: [match[1]!], values: [number(match[2]!)!] } : undefined;
}

function cellsOf(line: string, delimiter: Delimiter): string[] {
  if (delimiter === "comma" || (delimiter === "auto" && line.includes(","))) return line.split(",");
  if (delimiter === "semicolon" || (delimiter === "auto" && line.includes(";"))) return line.split(";");
  if (delimiter === "tab" || (delimiter === "auto" && line.includes("\t"))) return line.split("\t");
  return line.split(/\s+/);
}

function parsePlain(line: string, delimiter: Delimiter): Parsed | undefined {
  const cells = cellsOf(line, delimiter);
  const values: number[] = [];
  for (const cell of cells) {
    const value = number(cell.trim());
    if (value === undefined) return undefined;
    values.push(value);
  }
  return { form: "plain", names: [], values };
}

function parseHeader(line: string, delimiter: Delimiter): Parsed | undefined {
  const names = cellsOf(line, delimiter).map((cell) => cell.trim());
  return names.every((name) => NAME.test(name)) ? { form: "header", names, values: [] } : undefined;
}
