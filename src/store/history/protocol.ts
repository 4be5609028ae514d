/** A message as it is kept. */
export interface Row {
  readonly wearer: string;
  /** Epoch ms. */
  readonly at: number;
  /** The message as JSON. */
  readonly body: string;
}

export interface HistoryLimits {
  /** Older messages are removed. */
  readonly days: number;
  /** So are the oldest when the file grows beyond, 10^9 bytes. */
  readonly gigabytes: number;
}

export interface HistoryStart {
  readonly path: string;
  readonly limits: HistoryLimits;
}

/** Which messages: `from` and `to` in epoch ms, both included; the newest `limit` of them. */
export interface HistoryQuery {
  readonly from?: number;
  readonly to?: number;
  readonly limit: number;
}

export type HistoryRequest =
  | { type: "write"; rows: readonly Row[]; now: number }
  | ({ type: "query"; wearer: string } & HistoryQuery)
  | { type: "forget"; wearer: string };

/** A JSON array of messages, newest first, in UTF-8: a piece of an answer, so that main does not read it all at once. */
export type Page = Uint8Array<ArrayBuffer>;

/** The answer to each request, and to the start. */
export interface HistoryAnswer {
  readonly pages?: readonly Page[];
  /** Rows that were removed. */
  readonly forgotten?: number;
}
