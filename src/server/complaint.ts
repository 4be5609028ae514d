import type { FastifyError } from "fastify";
import { Problem } from "./problem.js";

const PLACES: Record<string, string> = { querystring: "Query", params: "Path", body: "Body", headers: "Headers" };

/** What fastify throws before a route is asked, as answers of ours. */
const KNOWN: Record<string, () => Problem> = {
  FST_ERR_CTP_BODY_TOO_LARGE: () => new Problem("TOO_LARGE", "The body is larger than 64 kB."),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: () =>
    new Problem("UNSUPPORTED", "The body is not JSON.", "Send it with 'Content-Type: application/json'."),
  FST_ERR_CTP_EMPTY_JSON_BODY: () => new Problem("MALFORMED", "There is no body.", "Send a JSON object."),
  FST_ERR_CTP_INVALID_JSON_BODY: () => new Problem("MALFORMED", "The body is not JSON."),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: () => new Problem("MALFORMED", "The body is not as long as its header says."),
  FST_ERR_BAD_URL: () => new Problem("MALFORMED", "The path cannot be decoded."),
  FST_ERR_ASYNC_CONSTRAINT: () => new Problem("MALFORMED", "The request cannot be understood."),
  FST_ERR_MAX_LIMIT_REACHED: () => new Problem("INVALID_ARGUMENT", "A part of the path is too long."),
};

/** The answer to whatever went wrong; undefined where it is a fault of ours, of which nothing is told. */
export function toProblem(error: FastifyError | Problem): Problem | undefined {
  if (error instanceof Problem) return error;
  const [issue] = error.validation ?? [];
  if (issue) {
    const place = PLACES[error.validationContext ?? ""] ?? "Request";
    const where = issue.instancePath.replace(/^\//, "").replaceAll("/", ".");
    return new Problem("INVALID_ARGUMENT", `${place}: ${where === "" ? "it" : where} ${issue.message ?? "is wrong"}.`);
  }
  const known = KNOWN[error.code];
  if (known) return known();
  // secure-json-parse: a body with __proto__ or constructor, which would be a way into our objects.
  if (error.statusCode === 400) return new Problem("MALFORMED", "The body is not JSON that can be taken.");
  return undefined;
}
