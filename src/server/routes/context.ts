import type { FastifyInstance, FastifyRequest } from "fastify";
import type { GatewayFace, WearerStatus } from "../../gateway/types.js";
import type { Guard } from "../guard.js";
import { Problem } from "../problem.js";
import { type JsonSchema, object, text } from "../schemas/json-schema.js";
import { problems } from "../schemas/problem.js";
import type { Caller, Scope } from "../scopes.js";

/** What routes are made of. */
export interface RouteContext {
  readonly app: FastifyInstance;
  readonly gateway: GatewayFace;
  readonly guard: Guard;
  readonly version: string;
}

declare module "fastify" {
  interface FastifyContextConfig {
    /** What a token must be good for; `any` where any good one will do; anybody may ask where it is left out. */
    scope?: Scope | "any";
  }
  interface FastifyRequest {
    /** Who asks; there on every route with a scope. */
    caller?: Caller;
  }
}

/** Pages of other servers may not ask these, whatever the browser's user may. */
export const API = "/api/v1";

/** What the document says of a route that asks for a token. */
export function guarded(scope: Scope | "any"): { security: Record<string, string[]>[] } {
  const scopes = scope === "any" ? [] : [scope];
  return { security: [{ token: scopes }, { session: scopes }] };
}

/** Answers that any route may give. */
export const COMMON = problems("FORBIDDEN", "MISDIRECTED", "TOO_MANY_REQUESTS", "HEADERS_TOO_LARGE", "INTERNAL");
export const GUARDED = { ...COMMON, ...problems("UNAUTHORIZED") };

/** One good answer of a route. */
export function answer(schema: JsonSchema, description: string): JsonSchema {
  return { description, content: { "application/json": { schema } } };
}

/** Path parameter of routes of one wearer. */
export interface WearerParams {
  id: string;
}

export const wearerParams = object<WearerParams>("Path.", {
  id: { ...text("id of the wearer"), pattern: "^[A-Za-z0-9_-]{1,40}$" },
});

/** @throws Problem NOT_FOUND */
export function wearerOf({ gateway }: RouteContext, request: FastifyRequest): WearerStatus {
  const { id } = request.params as WearerParams;
  const wearer = gateway.wearers().find((status) => status.id === id);
  if (wearer) return wearer;
  throw noWearer(id);
}

export function noWearer(id: string): Problem {
  return new Problem("NOT_FOUND", `There is no wearer '${id}'.`, `GET ${API}/wearers lists those that there are.`);
}
