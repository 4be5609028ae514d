import type { IncomingMessage } from "node:http";
import { Failures } from "./failures.js";
import { Hosts, isOwnOrigin, plainAddress } from "./hosts.js";
import { Problem } from "./problem.js";
import { type Caller, mayDo, SCOPES, type Scope } from "./scopes.js";
import { Sessions } from "./sessions.js";
import type { StoredToken } from "./token-file.js";
import type { Tokens } from "./tokens.js";

export const COOKIE = "biox-session";

/** Everybody who can reach the server, where it asks for no tokens: it then listens on this machine alone. */
const LOCAL: Caller = { name: "local", scopes: SCOPES, token: undefined, valid: () => true };

/** Decides who may ask what. Knows nothing of routes: it is asked for requests and for upgrades to a WebSocket alike. */
export class Guard {
  readonly sessions: Sessions;
  readonly #hosts: Hosts;
  readonly #failures = new Failures();

  /**
   * @param tokens that are asked for; undefined where none are
   * @param secure whether the server speaks TLS
   * @param hosts names of the machine beside its own
   * @param onRefused told why somebody was turned away
   */
  constructor(
    readonly tokens: Tokens | undefined,
    private readonly secure: boolean,
    hosts: readonly string[],
    private readonly onRefused: (reason: "host" | "origin" | "token" | "scope" | "guessing") => void,
  ) {
    this.sessions = new Sessions((token) => tokens?.isValid(token) === true);
    this.#hosts = new Hosts(hosts);
  }

  /** @throws Problem MISDIRECTED where another server was meant */
  checkHost(request: IncomingMessage): void {
    if (this.#hosts.knows(request)) return;
    this.onRefused("host");
    throw new Problem(
      "MISDIRECTED",
      "This server does not answer to the name in the Host header.",
      "Ask for it by its address, or add the name to 'listen.hosts' of the configuration.",
    );
  }

  /** @throws Problem FORBIDDEN where a page of another server asks */
  checkOrigin(request: IncomingMessage): void {
    if (isOwnOrigin(request, this.secure)) return;
    this.onRefused("origin");
    throw new Problem("FORBIDDEN", "Pages of other servers may not ask this one.", "Open the page of this server.");
  }

  /**
   * Who asks, and that they may: for routes, and for the upgrade to a WebSocket, which is checked for host and origin first.
   *
   * @throws Problem UNAUTHORIZED, FORBIDDEN, TOO_MANY_REQUESTS
   */
  authorize(request: IncomingMessage, scope: Scope): Caller {
    const caller = this.identify(request);
    if (mayDo(caller, scope)) return caller;
    this.onRefused("scope");
    throw new Problem(
      "FORBIDDEN",
      `Token '${caller.name}' lacks the scope '${scope}'.`,
      `Make one with 'biox token create NAME --scope ${scope}'.`,
    );
  }

  /**
   * Who asks.
   *
   * @throws Problem UNAUTHORIZED, TOO_MANY_REQUESTS; FORBIDDEN where a cookie is to change something and no origin is named
   */
  identify(request: IncomingMessage): Caller {
    if (!this.tokens) return LOCAL;
    const bearer = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? "")?.[1];
    if (bearer !== undefined) return this.#callerOf(this.login(request, bearer));
    const text = this.cookie(request);
    const session = text === undefined ? undefined : this.sessions.find(text);
    if (session) {
      const changes = request.method !== "GET" && request.method !== "HEAD";
      if (changes && request.headers.origin === undefined) {
        this.onRefused("origin");
        throw new Problem("FORBIDDEN", "A cookie needs an Origin header to change something.", "Use a token instead.");
      }
      return this.#callerOf(session.token, () => this.sessions.find(text!) !== undefined);
    }
    this.onRefused("token");
    throw unauthorized(text === undefined ? "A token is needed." : "The session has ended.");
  }

  /**
   * The token that a text is.
   *
   * @throws Problem UNAUTHORIZED; TOO_MANY_REQUESTS for an address that has shown too many wrong ones
   */
  login(request: IncomingMessage, text: string): StoredToken {
    const address = plainAddress(request.socket.remoteAddress);
    const wait = this.#failures.wait(address);
    if (wait !== undefined) {
      this.onRefused("guessing");
      throw new Problem(
        "TOO_MANY_REQUESTS",
        "Too many wrong tokens came from this address.",
        `Try again in ${wait} s.`,
        {
          "retry-after": String(wait),
        },
      );
    }
    const token = this.tokens?.find(text);
    if (token) return token;
    this.#failures.add(address);
    this.onRefused("token");
    throw unauthorized("The token is wrong, revoked or expired.");
  }

  /** The session that a token opens. */
  open(token: StoredToken): { cookie: string; ends: number } {
    const { text, ends } = this.sessions.open(token);
    return { cookie: this.#setCookie(text, Math.floor((ends - Date.now()) / 1000)), ends };
  }

  /** Ends the session of a request, if it has one; the cookie that makes the browser forget it. */
  close(request: IncomingMessage): string {
    const text = this.cookie(request);
    if (text !== undefined) this.sessions.close(text);
    return this.#setCookie("", 0);
  }

  private cookie({ headers: { cookie } }: IncomingMessage): string | undefined {
    for (const part of (cookie ?? "").split(";")) {
      const [name, value] = part.trim().split("=", 2);
      if (name === COOKIE) return value;
    }
    return undefined;
  }

  #callerOf({ id, name, scopes, ...token }: StoredToken, isOpen = (): boolean => true): Caller {
    const valid = (): boolean => isOpen() && this.tokens!.isValid({ id, name, scopes, ...token });
    return { name, scopes, token: id, valid };
  }

  #setCookie(text: string, seconds: number): string {
    const secure = this.secure ? "; Secure" : "";
    return `${COOKIE}=${text}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Strict${secure}`;
  }
}

function unauthorized(message: string): Problem {
  return new Problem(
    "UNAUTHORIZED",
    message,
    "Send 'Authorization: Bearer TOKEN'; 'biox token create NAME' makes a token.",
    { "www-authenticate": "Bearer" },
  );
}
