import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import { hostname } from "node:os";

/** Whether an address is this machine's own, reached by nobody else. */
export function isLoopback(address: string): boolean {
  return address === "localhost" || address === "::1" || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(address);
}

/** An IPv4 address as it is, where the system shows it as one of IPv6. */
export function plainAddress(address: string | undefined): string {
  return (address ?? "").replace(/^::ffff:(?=\d+\.)/, "");
}

/**
 * The names under which a server may be asked for. A page of somebody else's can make a browser take this machine for that page's own
 * (DNS rebinding), but the name that the browser then asks for is not one of these.
 */
export class Hosts {
  readonly #names: ReadonlySet<string>;

  /** @param more names by which the machine is known beside its own, without port */
  constructor(more: readonly string[]) {
    const own = hostname().toLowerCase();
    this.#names = new Set(["localhost", own, `${own}.local`, ...more.map((name) => name.toLowerCase())]);
  }

  /** Whether a request asks for this server: by a known name, or by the very address at which it came in. */
  knows(request: IncomingMessage): boolean {
    const name = hostOf(request.headers.host);
    if (name === undefined) return false;
    return this.#names.has(name) || (isIP(name) !== 0 && name === plainAddress(request.socket.localAddress));
  }
}

/** The name in a Host header, without port and brackets. */
function hostOf(header: string | undefined): string | undefined {
  const match = /^(?:\[([0-9a-f:.]+)\]|([\w.-]+))(?::\d{1,5})?$/i.exec(header ?? "");
  return (match?.[1] ?? match?.[2])?.toLowerCase();
}

/**
 * Whether a request was made by one of this server's own pages, or by no page at all. Browsers name the page's origin in every request
 * that changes something, and in every WebSocket.
 */
export function isOwnOrigin({ headers: { origin, host, ...headers } }: IncomingMessage, secure: boolean): boolean {
  const site = headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin" && site !== "none") return false;
  if (origin === undefined) return true;
  const [scheme, name] = origin.toLowerCase().split("://", 2);
  // Where it speaks no TLS itself, a proxy before it may.
  return name === host?.toLowerCase() && (scheme === "https" || (scheme === "http" && !secure));
}
