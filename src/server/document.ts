import type { FastifyDynamicSwaggerOptions } from "@fastify/swagger";
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
