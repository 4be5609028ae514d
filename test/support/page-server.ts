import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import type { GatewayFace } from "../../src/gateway/types.js";
import { attachLive, type LiveServer } from "../../src/server/live/attach.js";

const files = new URL("../../dist/web/", import.meta.url);
const TYPES: Record<string, string> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript",
  css: "text/css",
  svg: "image/svg+xml",
};
/** The strictest that the page can live with. */
export const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'; form-action 'none'";

/** The page and what it asks for, without the rest of the gateway's server. With a token, only who has shown it is answered. */
export class PageServer {
  private constructor(
    private readonly server: Server,
    readonly live: LiveServer,
    readonly port: number,
  ) {}

  get url(): string {
    return `http://127.0.0.1:${this.port}/`;
  }

  static async open(
    gateway: GatewayFace,
    { port = 0, token = "", maxViewers = 16, heartbeatMs = 15_000 } = {},
  ): Promise<PageServer> {
    const allowed = ({ headers }: IncomingMessage): boolean => token === "" || headers.cookie === `session=${token}`;
    const server = createServer(
      (request, response) => void answer(gateway, token, allowed(request), request, response),
    );
    const live = attachLive(server, gateway, {
      authorize: (request) =>
        allowed(request) ? { valid: () => true } : { status: 401, reason: "A token is needed." },
      maxViewers,
      heartbeatMs,
    });
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return new PageServer(server, live, (server.address() as AddressInfo).port);
  }

  async close(): Promise<void> {
    await this.live.close();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

async function answer(
  gateway: GatewayFace,
  token: string,
  allowed: boolean,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = new URL(request.url!, "http://host").pathname;
  const json = (status: number, body: unknown): void => {
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  };
  const name = path === "/" ? "index.html" : path.slice(1);
  if (/^[\w.]+$/.test(name) && existsSync(new URL(name, files))) {
    response.writeHead(200, { "content-type": TYPES[name.split(".").at(-1)!]!, "content-security-policy": CSP });
    response.end(readFileSync(fileURLToPath(new URL(name, files))));
    return;
  }
  const body = request.method === "POST" ? JSON.parse(Buffer.concat(await request.toArray()).toString()) : undefined;
  if (path === "/api/v1/session" && body.token === token)
    response.setHeader("set-cookie", `session=${token}; HttpOnly; SameSite=Strict; Path=/`);
  else if (!allowed || path === "/api/v1/session")
    return json(401, { code: "UNAUTHORIZED", message: "The token is wrong." });
  const [, wearer = "", what] = /^\/api\/v1\/wearers\/([\w-]+)\/(history|markers)$/.exec(path) ?? [];
  if (what === "history") json(200, gateway.history(wearer, { limit: 5000 }));
  else if (what === "markers") json(gateway.mark(wearer, body.name, "local") ? 201 : 404, {});
  else json(200, {});
}
