import type { FastifyDynamicSwaggerOptions } from "@fastify/swagger";
import type { FastifyInstance } from "fastify";
import { COOKIE } from "./guard.js";

/** How the OpenAPI document is made from the routes. */
export function documentOf({ version }: { version: string }): FastifyDynamicSwaggerOptions {
  return {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "biox-edge gateway",
        version,
        description: "Wearers, answers, markers and health of a gateway. Times are epoch milliseconds.",
        license: { name: "Apache-2.0", identifier: "Apache-2.0" },
      },
      servers: [{ url: "/" }],
      tags: [
        { name: "wearers", description: "Wearers, what was said of them, and markers" },
        { name: "gateway", description: "The gateway as a whole" },
        { name: "session", description: "Tokens and sessions" },
        { name: "health", description: "For those who watch over it" },
      ],
      components: {
        securitySchemes: {
          token: { type: "http", scheme: "bearer", description: "A token of 'biox token create'" },
          session: { type: "apiKey", in: "cookie", name: COOKIE, description: "Set by POST /api/v1/session" },
        },
      },
    },
    // Schemas keep their names.
    refResolver: { buildLocalReference: (json, _base, _fragment, i) => String(json.$id ?? `schema-${i}`) },
  };
}

/** Serves the document, which is the same for all; made when it is first asked for, since it is made from all routes. */
export function documentRoute(app: FastifyInstance): void {
  let text: string | undefined;
  app.get("/openapi.json", { schema: { hide: true } }, async (_, reply) => {
    text ??= JSON.stringify(app.swagger());
    return reply.type("application/json; charset=utf-8").send(text);
  });
}
