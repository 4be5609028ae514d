import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { plainAddress } from "./hosts.js";

/** Times after which a connection is closed that does not do what it was opened for, ms. */
export const TIMEOUTS = {
  /** The headers of a request are to be there, counted from the connection or from their first byte. */
  headers: 8_000,
  /** And the whole of it. */
  request: 12_000,
  /** Without a request after an answer. */
  keepAlive: 10_000,
  /** Nothing is sent, nor taken of what is sent. */
  idle: 30_000,
  /** How often the first two are looked after. */
  check: 2_000,
};
/** Requests over one connection, so that none lasts for ever. */
export const REQUESTS_PER_CONNECTION = 1000;
/** Headers of one request. */
export const MOST_HEADERS = 64;
/**
 * Requests of one connection that wait for their answers. Nobody asks before an answer is there any more, though the end of the one before
 * may be told late; who asks on and on, and reads nothing, would have all answers kept for him.
 */
const MOST_UNANSWERED = 2;

export interface ConnectionReport {
  readonly open: number;
  /** Connections that were closed: because there were enough, or enough of that address, or because they asked on without reading. */
  readonly refused: { readonly server: number; readonly address: number; readonly unread: number };
}

/** All connections of a server, those that are not secure yet included. */
export interface Connections {
  report(): ConnectionReport;
  /** Cuts them, and all that come. A server's own `closeAllConnections` knows nothing of those that have not become secure. */
  end(): void;
}

/**
 * Closes connections above a number at once, and those of one address above a smaller one, so that one who takes all leaves some to others.
 */
export function limitConnections(server: Server, most: number, mostOfAddress: number): Connections {
  const open = new Set<Socket>();
  const byAddress = new Map<string, number>();
  const refused = { server: 0, address: 0, unread: 0 };
  let ended = false;
  const take = (socket: Socket): void => {
    if (ended) return void socket.resetAndDestroy();
    const address = plainAddress(socket.remoteAddress);
    const ofAddress = byAddress.get(address) ?? 0;
    const full = ofAddress >= mostOfAddress ? "address" : open.size >= most ? "server" : undefined;
    if (full) {
      refused[full]++;
      // Without a farewell, which would keep it in the system's tables for a minute.
      socket.resetAndDestroy();
      return;
    }
    open.add(socket);
    byAddress.set(address, ofAddress + 1);
    socket.once("close", () => {
      open.delete(socket);
      const left = byAddress.get(address)! - 1;
      if (left > 0) byAddress.set(address, left);
      else byAddress.delete(address);
    });
  };
  server.prependListener("connection", take);
  limitUnanswered(server, () => refused.unread++);
  server.keepAliveTimeout = TIMEOUTS.keepAlive;
  server.headersTimeout = TIMEOUTS.headers;
  server.requestTimeout = TIMEOUTS.request;
  server.maxRequestsPerSocket = REQUESTS_PER_CONNECTION;
  server.maxHeadersCount = MOST_HEADERS;
  return {
    report: () => ({ open: open.size, refused: { ...refused } }),
    end() {
      ended = true;
      for (const socket of open) socket.destroy();
    },
  };
}

/** Stands before the server's own listener, so that a thousand requests in one packet cost little more than their headers. */
function limitUnanswered(server: Server, onClosed: () => void): void {
  const unanswered = new WeakMap<Socket, number>();
  const [handle] = server.listeners("request") as [(request: IncomingMessage, response: ServerResponse) => void];
  server.removeListener("request", handle);
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request;
    if (socket.destroyed) return;
    const waiting = (unanswered.get(socket) ?? 0) + 1;
    if (waiting > MOST_UNANSWERED) {
      onClosed();
      socket.destroy();
      return;
    }
    unanswered.set(socket, waiting);
    response.once("close", () => unanswered.set(socket, unanswered.get(socket)! - 1));
    handle.call(server, request, response);
  });
}
