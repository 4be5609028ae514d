/** A packet: `timestamp,number,values,tag,protocol,reliability,value,...` (EmotiBit_XPlat_Utils, EmotiBitPacket). */
export interface EmotiBitPacket {
  /** Milliseconds since the board started, when the last value was measured. */
  timestamp: number;
  number: number;
  tag: string;
  /** Version of the payload. */
  protocol: number;
  payload: string[];
}

const HEADER_FIELDS = 6;
const UNSIGNED = /^\d{1,10}$/;
const TAG = /^[A-Z][A-Z0-9%+-]$/;
const NUMBER = /^-?\d{1,9}(\.\d{1,9})?$/;
export const MOST_RELIABLE = 100;
/** Tags whose payload is not one field a value. */
const FREE_TEXT = new Set(["EI", "EM", "DB", "UN", "LM", "TX", "TL", "TU"]);

/** The packet in a line, or undefined where a field is missing, malformed or one too many. */
export function parsePacket(line: string): EmotiBitPacket | undefined {
  const fields = line.split(",");
  const [timestamp, number, length, tag, protocol, reliability] = fields as string[];
  if (fields.length < HEADER_FIELDS || !TAG.test(tag!)) return undefined;
  if (![timestamp, number, length, protocol, reliability].every((field) => UNSIGNED.test(field!))) return undefined;
  if (Number(reliability) > MOST_RELIABLE) return undefined;
  const payload = fields.slice(HEADER_FIELDS);
  if (payload.length !== Number(length) && !FREE_TEXT.has(tag!)) return undefined;
  return { timestamp: Number(timestamp), number: Number(number), tag: tag!, protocol: Number(protocol), payload };
}

/** The numbers of a payload, or undefined where one is none. */
export function parseNumbers(payload: readonly string[]): number[] | undefined {
  return payload.every((field) => NUMBER.test(field)) ? payload.map(Number) : undefined;
}

/** A line with its end. */
export function formatPacket(timestamp: number, number: number, tag: string, payload: readonly string[]): string {
  return `${[timestamp, number & 0xffff, payload.length, tag, 1, MOST_RELIABLE, ...payload].join(",")}\n`;
}
