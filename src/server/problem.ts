/** What an answer that is not what was asked for says. All such answers of the server look like this. */

/** Codes of the HTTP interface, and the status each comes with; docs/http.md says what they mean. */
export const PROBLEMS = {
  INVALID_ARGUMENT: 400,
  MALFORMED: 400,
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  TIMEOUT: 408,
  CONFLICT: 409,
  TOO_LARGE: 413,
  UNSUPPORTED: 415,
  MISDIRECTED: 421,
  UPGRADE_REQUIRED: 426,
  TOO_MANY_REQUESTS: 429,
  HEADERS_TOO_LARGE: 431,
  INTERNAL: 500,
  NOT_READY: 503,
  TOO_MANY_VIEWERS: 503,
} as const;

export type ProblemCode = keyof typeof PROBLEMS;

export interface ProblemBody {
  code: ProblemCode;
  message: string;
  hint?: string;
}

/** An answer that ends a request. */
export class Problem extends Error {
  readonly statusCode: number;

  /** @param headers to be sent with it */
  constructor(
    readonly code: ProblemCode,
    message: string,
    readonly hint?: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.statusCode = PROBLEMS[code];
  }

  get body(): ProblemBody {
    return problemBody(this.code, this.message, this.hint);
  }
}

export function problemBody(code: ProblemCode, message: string, hint?: string): ProblemBody {
  return { code, message, ...(hint === undefined ? {} : { hint }) };
}
