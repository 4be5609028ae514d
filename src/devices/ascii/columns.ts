import { printableName } from "../printable.js";

/** What the numbers of a column are. */
export type Role =
  /** A value of each sample. */
  | "sample"
  /** A value that changes slowly and may be missing: a stream of its own. */
  | "slow"
  /** Time of the sample on the device. */
  | "time"
  /** Running number of the sample. */
  | "sequence"
  /** 1 at a heart beat. */
  | "beat"
  /** Time between beats, ms. */
  | "interval"
  /** 0 where the value of another column is not valid. */
  | "validity"
  | "ignored";

export interface Column {
  role: Role;
  /** Name of the channel; of a validity column the channel that it is about. */
  name: string;
  unit: string;
  /** Values outside are not measurements. */
  low: number;
  high: number;
  /** Of a time column: ms in one of its units, or undefined where the name does not tell. */
  ms: number | undefined;
}

type Known = Partial<Omit<Column, "role">> & { role: Role; aliases: string };

/** Spellings, without case and punctuation, that are understood. */
const KNOWN: readonly Known[] = [
  { role: "sample", name: "ppg", aliases: "ppg signal sig sample raw value pulse bvp pulsesensor" },
  { role: "sample", name: "red", aliases: "red r" },
  { role: "sample", name: "ir", aliases: "ir infrared" },
  { role: "sample", name: "green", aliases: "green grn g" },
  { role: "sample", name: "ecg", aliases: "ecg ekg" },
  { role: "sample", name: "pleth", aliases: "pleth" },
  { role: "sample", name: "respiration", aliases: "respiration resp" },
  { role: "sample", name: "gsr", aliases: "gsr eda" },
  { role: "sample", name: "accX", aliases: "accx ax accelx accelerationx" },
  { role: "sample", name: "accY", aliases: "accy ay accely accelerationy" },
  { role: "sample", name: "accZ", aliases: "accz az accelz accelerationz" },
  { role: "slow", name: "spo2", unit: "%", low: 1, high: 100, aliases: "spo2 sao2 o2" },
  { role: "slow", name: "pulseRate", unit: "bpm", low: 1, high: 250, aliases: "bpm hr heartrate pulserate pr" },
  { role: "slow", name: "pulseRateMean", unit: "bpm", low: 1, high: 250, aliases: "avgbpm bpmavg beatavg avghr" },
  {
    role: "slow",
    name: "temperature",
    unit: "degC",
    low: -50,
    high: 100,
    aliases: "temp temperature temperaturec tempc",
  },
  { role: "slow", name: "perfusion", unit: "%", low: 0, high: 100, aliases: "perfusion pi" },
  { role: "time", ms: 1, aliases: "ms millis tms timems timestampms" },
  { role: "time", ms: 0.001, aliases: "us micros timeus timestampus" },
  { role: "time", ms: 1000, aliases: "s sec seconds times" },
  { role: "time", aliases: "t time timestamp" },
  { role: "sequence", aliases: "seq sequence counter index" },
  { role: "beat", aliases: "beat" },
  { role: "interval", aliases: "ibi ibims rr rri" },
  { role: "validity", name: "pulseRate", aliases: "hrvalid" },
  { role: "validity", name: "spo2", aliases: "spo2valid" },
  { role: "ignored", aliases: "hz quality temperaturef tempf" },
];

const BY_ALIAS = new Map(KNOWN.flatMap((known) => known.aliases.split(" ").map((alias) => [alias, known] as const)));

export function isKnown(name: string): boolean {
  return BY_ALIAS.has(plainName(name));
}

/** What a column of this name is. An unknown name is a sample channel that keeps it; "-" is a column to leave out. */
function columnOf(name: string): Column {
  const known: Omit<Known, "aliases"> =
    name === "-"
      ? { role: "ignored" }
      : (BY_ALIAS.get(plainName(name)) ?? { role: "sample", name: printableName(name.trim()) });
  const { role, unit = "adc", low = Number.NEGATIVE_INFINITY, high = Number.POSITIVE_INFINITY, ms } = known;
  return { role, name: known.name ?? "", unit, low, high, ms };
}

/** Columns of these names; a channel name that comes again gets a number. */
export function columnsOf(names: readonly string[]): Column[] {
  const used = new Map<string, number>();
  return names.map((name) => {
    const column = columnOf(name);
    if (column.role !== "sample" && column.role !== "slow") return column;
    const count = (used.get(column.name) ?? 0) + 1;
    used.set(column.name, count);
    return count === 1 ? column : { ...column, name: `${column.name}${count}` };
  });
}

function plainName(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, "");
}
