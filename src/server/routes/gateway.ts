import type { BundleStatus } from "../../gateway/types.js";
import type { SinkReport } from "../../sinks/sink.js";
import { flag, list, object, ref, text, time } from "../schemas/json-schema.js";
import { API, answer, GUARDED, guarded, type RouteContext } from "./context.js";

interface AboutGateway {
  id: string;
  version: string;
  started: number;
  now: number;
  ready: boolean;
}

/** Routes of the gateway as a whole. */
export function gatewayRoutes({ app, gateway, version }: RouteContext): void {
  app.get(`${API}/gateway`, {
    config: { scope: "read" },
    schema: {
      operationId: "getGateway",
      summary: "The gateway itself",
      tags: ["gateway"],
      ...guarded("read"),
      response: {
        200: answer(
          object<AboutGateway>("The gateway.", {
            id: text("its id"),
            version: text("of biox-edge"),
            started: time("when it began"),
            now: time("its clock"),
            ready: flag("whether all bundles are loaded and all sources were tried"),
          }),
          "The gateway",
        ),
        ...GUARDED,
      },
    },
    handler: async (): Promise<AboutGateway> => {
      const { id, started } = gateway;
      return { id, version, started, now: Date.now(), ready: gateway.ready() };
    },
  });

  app.get(`${API}/bundles`, {
    config: { scope: "read" },
    schema: {
      operationId: "listBundles",
      summary: "All bundles, and whether they can be run",
      tags: ["gateway"],
      ...guarded("read"),
      response: {
        200: answer(
          object<{ bundles: readonly BundleStatus[] }>("All bundles.", {
            bundles: list(ref("Bundle"), "in the order of the configuration"),
          }),
          "All bundles",
        ),
        ...GUARDED,
      },
    },
    handler: async () => ({ bundles: gateway.bundles() }),
  });

  app.get(`${API}/sinks`, {
    config: { scope: "read" },
    schema: {
      operationId: "listSinks",
      summary: "Where messages go, and what became of them",
      tags: ["gateway"],
      ...guarded("read"),
      response: {
        200: answer(
          object<{ sinks: readonly SinkReport[] }>("All sinks.", {
            sinks: list(ref("Sink"), "in the order of the configuration"),
          }),
          "All sinks",
        ),
        ...GUARDED,
      },
    },
    handler: async () => ({ sinks: gateway.sinks() }),
  });
}
