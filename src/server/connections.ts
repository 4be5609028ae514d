import type { Server } from "node:http";
import type { Socket } from "node:net";
import { plainAddress } from "./hosts.js";

/** Times after which a connection is closed that does not do what it was opened for, ms. */
export const TIMEOUTS = {
  /** The headers of a request are to be there, counted from the connection or from their first byte. */
  headers: 10_000,
  /** And the whole of it. */
  request: 20_000,
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

export interface ConnectionReport {
  readonly open: number;
  /** Connections that were closed at once: because there were enough, or enough of that address. */
  readonly refused: { readonly server: number; readonly address: number };
}

/** Closes connections above a number at once, and those of one address above a smaller one, so that one who takes all leaves some to others. */
export function limitConnections(server: Server, most: number, mostOfAddress: number): () => ConnectionReport {
  const byAddress = new Map<string, number>();
  const refused = { server: 0, address: 0 };
  let open = 0;
  const take = (socket: Socket): void => {
    const address = plainAddress(socket.remoteAddress);
    const ofAddress = byAddress.get(address) ?? 0;
    const full = ofAddress >= mostOfAddress ? "address" : open >= most ? "server" : undefined;
    if (full) {
      refused[full]++;
      // Without a farewell, which would keep it in the system's tables for a minute.
      socket.resetAndDestroy();
      return;
    }
    open++;
    byAddress.set(address, ofAddress + 1);
    socket.once("close", () => {
      open--;
      const left = byAddress.get(address)! - 1;
      if (left > 0) byAddress.set(address, left);
      else byAddress.delete(address);
    });
  };
  server.prependListener("connection", take);
  server.keepAliveTimeout = TIMEOUTS.keepAlive;
  server.headersTimeout = TIMEOUTS.headers;
  server.requestTimeout = TIMEOUTS.request;
  server.maxRequestsPerSocket = REQUESTS_PER_CONNECTION;
  server.maxHeadersCount = MOST_HEADERS;
  return () => ({ open, refused: { ...refused } });
}
