/** Where a sink tells what happens to it; pino's logger is one. */
export interface SinkLog {
  info(facts: object, sentence: string): void;
  warn(facts: object, sentence: string): void;
  error(facts: object, sentence: string): void;
}

/** What a sink knows of the gateway that it belongs to. */
export interface SinkContext {
  /** Id of the gateway. */
  readonly gateway: string;
  /** Its data folder; queues are kept in `queues` within. */
  readonly data: string;
  /** Told what somebody should know; never signal data. */
  readonly log: SinkLog;
}
