import { PROBLEMS, type ProblemBody, type ProblemCode } from "../problem.js";
import { choice, type JsonSchema, object, ref, text } from "./json-schema.js";

export const problemSchemas: Readonly<Record<string, JsonSchema>> = {
  Problem: object<ProblemBody>(
    "Why there is no other answer.",
    {
      code: choice(Object.keys(PROBLEMS), "what is wrong"),
      message: text("the same in a sentence"),
      hint: text("what to do about it"),
    },
    "hint",
  ),
};

const MEANINGS: Record<ProblemCode, string> = {
  INVALID_ARGUMENT: "A parameter or the body is not what is asked for",
  MALFORMED: "The request is not HTTP, or its body is not JSON",
  UNAUTHORIZED: "A token is needed",
  FORBIDDEN: "The token lacks the scope, or a page of another server asks",
  NOT_FOUND: "There is no such thing",
  METHOD_NOT_ALLOWED: "There is such a path, but not with this method",
  TIMEOUT: "The request took too long to come",
  CONFLICT: "It cannot be done while things are as they are",
  TOO_LARGE: "The body is too large",
  UNSUPPORTED: "The body is not JSON",
  MISDIRECTED: "The Host header names another server",
  UPGRADE_REQUIRED: "This is a WebSocket",
  TOO_MANY_REQUESTS: "Too many requests, or too many wrong tokens; see Retry-After",
  HEADERS_TOO_LARGE: "The headers are too large",
  INTERNAL: "A fault of the server",
  NOT_READY: "Not yet",
  TOO_MANY_VIEWERS: "There are enough viewers",
};

/** Descriptions of the answers that say why there is no other. Several codes of one status are described together. */
export function problems(...codes: ProblemCode[]): Record<string, JsonSchema> {
  const answers: Record<string, { description: string; content: JsonSchema }> = {};
  for (const code of codes) {
    const before = answers[PROBLEMS[code]];
    answers[PROBLEMS[code]] = {
      description: before ? `${before.description}. ${MEANINGS[code]}` : MEANINGS[code],
      content: { "application/json": { schema: ref("Problem") } },
    };
  }
  return answers;
}
