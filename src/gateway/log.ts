/** What the gateway writes about itself: facts first, then a sentence. Signal data are never among them. pino's loggers fit. */
export interface Log {
  debug(facts: object, sentence: string): void;
  info(facts: object, sentence: string): void;
  warn(facts: object, sentence: string): void;
  error(facts: object, sentence: string): void;
}

/** Levels of a log, the least important first; with `silent` nothing is written. */
export const LOG_LEVELS = ["debug", "info", "warn", "error", "silent"] as const;
/** The least level that is written. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** One JSON object a line on stderr, with time in epoch ms. */
export async function createLog(level: LogLevel, gateway: string): Promise<Log> {
  const { default: pino } = await import("pino");
  // Written at once: what was said before a crash is there. stdout is for what was asked for.
  const stderr = pino.destination({ dest: 2, sync: true });
  const log: Log = pino({ level, base: { gateway }, formatters: { level: (label) => ({ level: label }) } }, stderr);
  return log;
}
