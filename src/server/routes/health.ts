import type { Metrics } from "../metrics/index.js";
import { Problem } from "../problem.js";
import { object } from "../schemas/json-schema.js";
import { problems } from "../schemas/problem.js";
import { answer, COMMON, GUARDED, guarded, type RouteContext } from "./context.js";

/** Routes for those who watch over the gateway: health for anybody, metrics for holders of a token. */
export function healthRoutes({ app, gateway }: RouteContext, metrics: Metrics): void {
  const live = object<{ status: "live" }>("It lives.", { status: { const: "live" } });
  const ready = object<{ status: "ready" }>("It is ready.", { status: { const: "ready" } });

  app.get("/health/live", {
    schema: {
      operationId: "isLive",
      summary: "Whether the process answers at all",
      tags: ["health"],
      security: [],
      response: { 200: answer(live, "It does"), ...COMMON },
    },
    handler: async () => ({ status: "live" }),
  });

  app.get("/health/ready", {
    schema: {
      operationId: "isReady",
      summary: "Whether all bundles are loaded and all sources were tried",
      tags: ["health"],
      security: [],
      response: { 200: answer(ready, "They are"), ...COMMON, ...problems("NOT_READY") },
    },
    handler: async () => {
      if (gateway.ready()) return { status: "ready" };
      throw new Problem("NOT_READY", "Bundles are being loaded, or sources have not been tried yet.", "Ask again.");
    },
  });

  app.get("/metrics", {
    config: { scope: "read" },
    schema: {
      operationId: "getMetrics",
      summary: "Metrics for Prometheus",
      tags: ["health"],
      ...guarded("read"),
      response: {
        200: { description: "Metrics", content: { "text/plain": { schema: { type: "string" } } } },
        ...GUARDED,
      },
    },
    handler: async (_, reply) => reply.type(metrics.contentType).send(await metrics.text()),
  });
}
