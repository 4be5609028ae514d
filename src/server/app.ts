import rateLimit from "@fastify/rate-limit";
import swagger from "@fastify/swagger";
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import type { Certificate } from "./certificate.js";
import { toProblem } from "./complaint.js";
import { TIMEOUTS } from "./connections.js";
import { documentOf } from "./document.js";
import type { Guard } from "./guard.js";
import { securityHeaders } from "./headers.js";
import { plainAddress } from "./hosts.js";
import { KnownPaths } from "./known-paths.js";
import type { HttpMetrics } from "./metrics/http.js";
import { Problem, problemBody } from "./problem.js";
import { readNumbers } from "./query-numbers.js";
import { SCHEMAS } from "./schemas/index.js";
import type { JsonSchema } from "./schemas/json-schema.js";

const BODY_LIMIT = 64 * 1024;
const HEADER_LIMIT = 16 * 1024;
const MINUTE_MS = 60_000;
/** Paths that pages of other servers may not ask for. */
const DATA = /^\/(api|metrics)\b/;

export interface AppOptions {
  readonly guard: Guard;
  readonly certificate: Certificate | undefined;
  readonly version: string;
  /** Requests a minute from one address, and with one token. */
  readonly requests: number;
  readonly onFault: (error: Error, route: string) => void;
}

/** Counts a request of an address or a token. @throws Problem TOO_MANY_REQUESTS where that is one too many within a minute */
export type RequestLimit = (of: "address" | "token", key: string) => Promise<void>;

/**
 * A fastify application with everything but routes: who may ask, how much, and how what is wrong is told. Upgrades do not come to it:
 * who answers them is to call `limit`.
 */
export async function createApp(options: AppOptions): Promise<{ app: FastifyInstance; limit: RequestLimit }> {
  const { guard, certificate, requests, onFault } = options;
  const headers = securityHeaders(certificate !== undefined);
  // Node would wait two minutes for a connection to become secure.
  const secure = { minVersion: "TLSv1.2", handshakeTimeout: TIMEOUTS.headers } as const;
  const server = { maxHeaderSize: HEADER_LIMIT, connectionsCheckingInterval: TIMEOUTS.check };
  const app = Fastify({
    ...(certificate ? { https: { ...server, ...certificate, ...secure } } : { http: server }),
    bodyLimit: BODY_LIMIT,
    connectionTimeout: TIMEOUTS.idle,
    forceCloseConnections: true,
    return503OnClosing: false,
    routerOptions: { maxParamLength: 200 },
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, strictTypes: false } },
    frameworkErrors: (error, _request, reply) => fail(error, reply),
    clientErrorHandler(error, socket) {
      // What is written to a connection that never became secure waits for ever, and the connection with it.
      if (!socket.writable || /^ERR_(SSL|TLS)_/.test(error.code ?? "")) return void socket.destroy();
      const [status, body] = clientError(error);
      const head = [`HTTP/1.1 ${status}`, "Connection: close", "Content-Type: application/json", ""];
      head.splice(3, 0, `Content-Length: ${Buffer.byteLength(body)}`);
      socket.end(`${head.join("\r\n")}\r\n${body}`, () => socket.destroy());
    },
  }) as unknown as FastifyInstance;
  const paths = new KnownPaths();

  function fail(error: FastifyError | Problem, reply: FastifyReply): void {
    const problem = toProblem(error) ?? new Problem("INTERNAL", "The server has failed.", "Its log says more.");
    if (problem.code === "INTERNAL") onFault(error, reply.request.routeOptions?.url ?? "none");
    void reply.headers(headers).headers(problem.headers).code(problem.statusCode).send(problem.body);
  }

  // Forms of other servers' pages can send text without asking first; JSON they cannot.
  app.removeContentTypeParser("text/plain");
  for (const [name, schema] of Object.entries(SCHEMAS)) app.addSchema({ $id: name, ...schema });
  // What is sent is what there is: a serializer made from the schema would silently leave out what it does not name.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  app.setErrorHandler((error: FastifyError | Problem, _request, reply) => fail(error, reply));
  app.addHook("onRoute", ({ url, method }) => paths.add(url, method));
  await app.register(swagger, documentOf(options));
  // Before any route, and for paths that there are not, too.
  await app.register(rateLimit, { global: false });
  // Asked with a key in place of a request, since an upgrade is none of fastify's.
  const take = app.createRateLimit({
    max: requests,
    timeWindow: MINUTE_MS,
    keyGenerator: (counted) => (counted as unknown as { key: string }).key,
  });
  const limit: RequestLimit = async (of, key) => {
    const taken = await take({ key: `${of} ${key}`, routeOptions: {} } as unknown as FastifyRequest);
    if (!taken.isAllowed && taken.isExceeded) throw tooMany(of, taken.ttl);
  };
  app.addHook("onRequest", async (request, reply) => {
    const { raw, url, method, routeOptions } = request;
    reply.headers(headers);
    guard.checkHost(raw);
    await limit("address", plainAddress(raw.socket.remoteAddress));
    // By the route, where there is one: a path can be written in other ways, such as /%61pi.
    if (DATA.test(routeOptions.url ?? url) || (method !== "GET" && method !== "HEAD")) guard.checkOrigin(raw);
    if (!request.is404) return;
    const methods = paths.methods(url.split("?", 1)[0]!);
    const allow = { allow: methods.join(", ") };
    if (methods.length === 0)
      throw new Problem("NOT_FOUND", "There is nothing here.", "/openapi.json names all paths.");
    if (method === "OPTIONS") return reply.headers(allow).code(204).send();
    throw new Problem("METHOD_NOT_ALLOWED", `This path cannot be asked with ${method}.`, `Use ${allow.allow}.`, allow);
  });
  app.addHook("preParsing", async (request) => {
    const { scope } = request.routeOptions.config;
    if (!scope) return;
    request.caller = scope === "any" ? guard.identify(request.raw) : guard.authorize(request.raw, scope);
    if (request.caller.token !== undefined) await limit("token", request.caller.token);
  });
  app.addHook("preValidation", async (request) => {
    const schema = request.routeOptions.schema?.querystring;
    if (schema)
      readNumbers(request.query as Record<string, unknown>, schema as { properties?: Record<string, JsonSchema> });
  });
  return { app, limit };
}

/** Counts what is answered. */
export function countAnswers(app: FastifyInstance, metrics: HttpMetrics): void {
  app.addHook("onResponse", async ({ method, routeOptions: { url = "none" } }, { statusCode, elapsedTime }) => {
    metrics.answered(method, url, statusCode, elapsedTime);
  });
}

function tooMany(of: string, ttlMs: number): Problem {
  const seconds = Math.max(1, Math.ceil(ttlMs / 1000));
  const retry = { "retry-after": String(seconds) };
  return new Problem(
    "TOO_MANY_REQUESTS",
    `Too many requests came from this ${of}.`,
    `Ask again in ${seconds} s.`,
    retry,
  );
}

/** The answer to what is no request at all. */
function clientError({ code }: { code?: string }): [status: string, body: string] {
  if (code === "HPE_HEADER_OVERFLOW")
    return ["431 Request Header Fields Too Large", body("HEADERS_TOO_LARGE", "The headers are larger than 16 kB.")];
  if (code === "ERR_HTTP_REQUEST_TIMEOUT")
    return ["408 Request Timeout", body("TIMEOUT", "The request took too long to come.")];
  return ["400 Bad Request", body("MALFORMED", "This is not HTTP.")];
}

function body(code: "HEADERS_TOO_LARGE" | "TIMEOUT" | "MALFORMED", message: string): string {
  return JSON.stringify(problemBody(code, message));
}
