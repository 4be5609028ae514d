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
  | { type: "forget"; wearer: string }
  | { type: "close" };

/** The answer to each request in turn, and one to the start. */
export interface HistoryReply {
  /** Why it was not done. */
  readonly error?: string;
  /** better-sqlite3 is not installed. */
  readonly missing?: true;
  /** The file was damaged: where it is now. A new one was begun. */
  readonly setAside?: string;
  /** Rows that were removed. */
  readonly forgotten?: number;
  /** JSON arrays of messages, newest first, in UTF-8; in pieces, so that main does not read them all at once. */
  readonly pages?: readonly Uint8Array<ArrayBuffer>[];
}
