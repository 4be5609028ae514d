import { LIVE_PATH } from "../live/protocol.js";
import { Problem } from "../problem.js";
import { problems } from "../schemas/problem.js";
import { GUARDED, guarded, type RouteContext } from "./context.js";

/** The WebSocket's path as the document has it. Upgrades do not come this way; who asks without one is told to. */
export function liveRoute({ app }: RouteContext): void {
  app.get(LIVE_PATH, {
    config: { scope: "read" },
    schema: {
      operationId: "watchLive",
      summary: "WebSocket of the live page",
      description:
        "Text frames are JSON: a hello, the state of all wearers each second, and messages as they come. Binary frames are samples " +
        'of the wearer that is watched (`{"watch": "w01"}`). A viewer that takes too slowly is sent less.',
      tags: ["wearers"],
      ...guarded("read"),
      response: {
        101: { description: "The WebSocket is open", type: "null" },
        ...GUARDED,
        ...problems("UPGRADE_REQUIRED", "TOO_MANY_VIEWERS"),
      },
    },
    handler: async () => {
      throw new Problem("UPGRADE_REQUIRED", "This path is a WebSocket.", "Open it with ws: or wss:.", {
        upgrade: "websocket",
        connection: "upgrade",
      });
    },
  });
}
