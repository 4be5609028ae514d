import { type IncomingMessage, type Server, STATUS_CODES } from "node:http";
import type { Server as SecureServer } from "node:https";
import type { Duplex } from "node:stream";
import { type RawData, type WebSocket, WebSocketServer } from "ws";
import type { GatewayFace } from "../../gateway/types.js";
import { Problem } from "../problem.js";
import { LiveHub, type LiveReport } from "./hub.js";
import {
  CLOSE_MALFORMED,
  CLOSE_STOPPING,
  CLOSE_UNAUTHORIZED,
  LIVE_PATH,
  LONGEST_CLIENT_FRAME,
  parseClientFrame,
} from "./protocol.js";
import { Viewer } from "./viewer.js";

/** Leave to watch; looked at again at every heartbeat, so that a token that was revoked ends what it began. */
export interface Admission {
  valid(): boolean;
}

/** Whether a request may watch: host, origin, how often it asked, and token. @throws Problem where it may not */
export type AuthorizeLive = (request: IncomingMessage) => Admission | Promise<Admission>;

export interface LiveOptions {
  readonly authorize: AuthorizeLive;
  /** Pages open at once, 1 to 1000. Default 16. */
  readonly maxViewers?: number;
  /** How often each viewer is asked whether it is still there, ms. Default 15,000. */
  readonly heartbeatMs?: number;
}

export interface LiveServer {
  report(): LiveReport;
  /** Says goodbye to all viewers, and takes none any more. */
  close(): Promise<void>;
}

const DEFAULT_VIEWERS = 16;
const DEFAULT_HEARTBEAT_MS = 15_000;
const GOODBYE_MS = 300;

/**
 * Serves the live page's WebSocket at {@link LIVE_PATH} of an HTTP server; upgrades to any other path are refused. The gateway is never
 * held up: a viewer that takes too slowly gets less, and one that takes nothing is closed.
 */
export function attachLive(server: Server | SecureServer, gateway: GatewayFace, options: LiveOptions): LiveServer {
  const { authorize, maxViewers = DEFAULT_VIEWERS, heartbeatMs = DEFAULT_HEARTBEAT_MS } = options;
  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: LONGEST_CLIENT_FRAME,
  });
  const hub = new LiveHub(gateway);

  let closing = false;

  function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on("error", () => socket.destroy());
    admit(request).then(
      (admission) => sockets.handleUpgrade(request, socket, head, (webSocket) => welcome(webSocket, admission)),
      (cause) => refuse(socket, cause instanceof Problem ? cause : new Problem("INTERNAL", "The server has failed.")),
    );
  }

  async function admit(request: IncomingMessage): Promise<Admission> {
    const admission = await authorize(request);
    if (request.url?.split("?")[0] !== LIVE_PATH) throw new Problem("NOT_FOUND", "There is nothing here.");
    if (!closing && hub.viewers.size < maxViewers) return admission;
    throw new Problem(
      "TOO_MANY_VIEWERS",
      closing ? "The server stops." : `There are ${maxViewers} viewers already, which is the most that are allowed.`,
    );
  }

  function welcome(socket: WebSocket, admission: Admission): void {
    const viewer = new Viewer(socket, admission);
    socket.on("message", (data, binary) => receive(viewer, data, binary));
    socket.on("error", () => {});
    socket.on("close", () => hub.leave(viewer));
    hub.enter(viewer);
  }

  function receive(viewer: Viewer, data: RawData, binary: boolean): void {
    const frame = binary || !viewer.mayReceive() ? undefined : parseClientFrame(String(data));
    if (!frame) viewer.socket.close(CLOSE_MALFORMED, "not a frame of the live page");
    else if ("watch" in frame) hub.watch(viewer, frame.watch);
    else viewer.send({ type: "pong", ping: frame.ping, at: Date.now() });
  }

  function beat(viewer: Viewer): void {
    const { socket, admission, alive } = viewer;
    if (!admission.valid()) socket.close(CLOSE_UNAUTHORIZED, "the token is no longer good");
    else if (!alive) socket.terminate();
    else {
      viewer.alive = false;
      socket.ping();
    }
  }

  const heartbeat = setInterval(() => {
    for (const viewer of hub.viewers) beat(viewer);
  }, heartbeatMs);
  heartbeat.unref();
  server.on("upgrade", upgrade);

  return {
    report: () => hub.report(),
    async close() {
      closing = true;
      clearInterval(heartbeat);
      server.off("upgrade", upgrade);
      const open = [...hub.viewers];
      const gone = Promise.all(open.map(({ socket }) => new Promise((resolve) => socket.once("close", resolve))));
      for (const { socket } of open) socket.close(CLOSE_STOPPING, "the server stops");
      const late = setTimeout(() => {
        for (const { socket } of open) socket.terminate();
      }, GOODBYE_MS);
      await gone;
      clearTimeout(late);
      hub.close();
    },
  };
}

function refuse(socket: Duplex, problem: Problem): void {
  const { statusCode, headers } = problem;
  const body = JSON.stringify(problem.body);
  const head = [
    `HTTP/1.1 ${statusCode} ${STATUS_CODES[statusCode] ?? "Refused"}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    "Connection: close",
    "Content-Type: application/json",
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`, () => socket.destroy());
}
