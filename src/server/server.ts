import type { IncomingMessage } from "node:http";
import type { Server as SecureServer } from "node:https";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import type { FastifyInstance } from "fastify";
import { BioxError, invalidArgument } from "../errors.js";
import type { GatewayFace } from "../gateway/types.js";
import { systemCode } from "../paths.js";
import { countAnswers, createApp } from "./app.js";
import { readCertificate } from "./certificate.js";
import { limitConnections } from "./connections.js";
import { documentRoute } from "./document.js";
import { Guard } from "./guard.js";
import { isLoopback, plainAddress } from "./hosts.js";
import { attachLive } from "./live/attach.js";
import { Metrics } from "./metrics/index.js";
import { readPageFiles } from "./page-files.js";
import { forgetRoute } from "./routes/forget.js";
import { gatewayRoutes } from "./routes/gateway.js";
import { healthRoutes } from "./routes/health.js";
import { liveRoute } from "./routes/live.js";
import { pageRoutes } from "./routes/page.js";
import { sessionRoutes } from "./routes/session.js";
import { wearerRoutes } from "./routes/wearers.js";
import type { ListenSettings } from "./settings.js";
import { Tokens } from "./tokens.js";

const PAGE = fileURLToPath(new URL("../web/", import.meta.url));
const { version } = createRequire(import.meta.url)("../../package.json") as { version: string };

/** What a server does without where it is not given. */
export interface ServerOptions {
  /** Folder of the page's files. Default: those of the package. */
  readonly page?: string;
  /** Told in a sentence of what somebody should look after. Never holds tokens or signals. */
  readonly warn?: (message: string) => void;
}

/** A running HTTP interface. */
export interface Server {
  /** Where it is found, such as `http://127.0.0.1:8321`. */
  readonly url: string;
  /** The IP address and TCP port at which it listens. */
  readonly address: string;
  readonly port: number;
  /** The application, for tests that ask without a network. */
  readonly app: FastifyInstance;
  /**
   * Reads the files of the certificate again; connections that are open keep the old one.
   *
   * @throws BioxError FILE_UNREADABLE, FILE_INVALID, and the old one stays
   */
  reloadCertificate(): void;
  /** Closes all connections. */
  close(): Promise<void>;
}

/**
 * Serves a gateway over HTTP: its data under /api/v1, health, metrics, the OpenAPI document, the live page and its WebSocket.
 *
 * @param settings section `listen` of the configuration
 * @throws BioxError INVALID_ARGUMENT on an address that others can reach, without a token in a file of tokens; FILE_UNREADABLE,
 *   FILE_INVALID of the files of tokens and certificate; LISTEN_FAILED
 */
export async function startServer(
  gateway: GatewayFace,
  settings: ListenSettings,
  { page = PAGE, warn = () => {} }: ServerOptions = {},
): Promise<Server> {
  const { tls, requests, hosts } = settings;
  const { tokens, certificate } = readListenFiles(settings, warn);
  if (!tls && !isLoopback(settings.address))
    warn(`Tokens and data go over the network unencrypted, since ${settings.address} is served without 'tls'.`);
  const guard = new Guard(tokens, tls !== undefined, hosts, (reason) => metrics.http.refused(reason));
  const onFault = ({ message }: Error, route: string): void => warn(`A request to ${route} has failed: ${message}`);
  const { app, limit } = await createApp({ guard, certificate, version, requests, onFault });
  const connections = limitConnections(app.server, settings.connections, settings.connectionsPerAddress);
  // What holds for any request holds for an upgrade, and it has an origin, too.
  const authorize = async (request: IncomingMessage) => {
    guard.checkHost(request);
    await limit("address", plainAddress(request.socket.remoteAddress));
    guard.checkOrigin(request);
    const caller = guard.authorize(request, "read");
    if (caller.token !== undefined) await limit("token", caller.token);
    return caller;
  };
  const live = attachLive(app.server, gateway, { authorize, maxViewers: settings.viewers });
  const metrics = new Metrics(
    gateway,
    () => connections.report(),
    () => live.report(),
  );
  countAnswers(app, metrics.http);
  const context = { app, gateway, guard, version };
  wearerRoutes(context);
  forgetRoute(context);
  gatewayRoutes(context);
  sessionRoutes(context);
  healthRoutes(context, metrics);
  liveRoute(context);
  documentRoute(app);
  const files = readPageFiles(page);
  if (files.size === 0) warn("The live page is not there, only the HTTP interface: 'npm run build' makes it.");
  pageRoutes(app, files);
  const close = async (): Promise<void> => {
    metrics.close();
    await live.close();
    const closed = app.close();
    connections.end();
    await closed;
  };
  try {
    await listen(app, settings);
  } catch (error) {
    await close();
    throw error;
  }
  const { address, port } = app.server.address() as AddressInfo;
  return {
    url: `${tls ? "https" : "http"}://${address.includes(":") ? `[${address}]` : address}:${port}`,
    address,
    port,
    app,
    reloadCertificate() {
      if (tls) (app.server as unknown as SecureServer).setSecureContext(readCertificate(tls));
    },
    close,
  };
}

/**
 * Reads the files that a section `listen` names, and sees that its address may be served with them.
 *
 * @throws BioxError as {@link startServer}, but for LISTEN_FAILED
 */
export function checkListen(settings: ListenSettings): void {
  readListenFiles(settings, () => {});
}

function readListenFiles(settings: ListenSettings, warn: (message: string) => void) {
  const tokens = settings.tokens === undefined ? undefined : new Tokens(settings.tokens, warn);
  checkReach(settings, tokens);
  return { tokens, certificate: settings.tls && readCertificate(settings.tls) };
}

/** Nobody is to find out by accident that everybody can read along. */
function checkReach({ address, tokens: path }: ListenSettings, tokens: Tokens | undefined): void {
  if (isLoopback(address) || (tokens && tokens.size > 0)) return;
  const { message, code } = invalidArgument("listen.address", "127.0.0.1 or ::1 while there are no tokens", address);
  const file = path ?? "/etc/biox/tokens.json";
  const hint = `Make one with 'biox token create NAME --file ${file}'${path ? "" : `, and add 'tokens: ${file}' to 'listen'`}.`;
  throw new BioxError(code, message, hint);
}

async function listen(app: FastifyInstance, { address, port }: ListenSettings): Promise<void> {
  try {
    // For "localhost" fastify would open a second server beside this one, without its limits.
    await app.listen({ host: address === "localhost" ? "127.0.0.1" : address, port });
  } catch (cause) {
    const code = systemCode(cause);
    const reasons: Record<string, string> = {
      EADDRINUSE: "another program listens there",
      EACCES: "permission was denied",
      EADDRNOTAVAIL: "this machine has no such address",
      ENOTFOUND: "there is no such name",
    };
    if (code === undefined) throw cause;
    throw new BioxError(
      "LISTEN_FAILED",
      `Cannot listen on ${address} port ${port}: ${reasons[code] ?? `the system reports ${code}`}.`,
      "Choose another 'address' or 'port' in 'listen'; ports below 1024 belong to root.",
      { cause },
    );
  }
}
