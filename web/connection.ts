import {
  CLOSE_UNAUTHORIZED,
  type ClientFrame,
  LIVE_PATH,
  LIVE_VERSION,
  type ServerFrame,
} from "../src/server/live/protocol.js";
import { decodeSamples, type SampleFrame } from "../src/server/live/sample-frame.js";
import { needsToken } from "./rest.js";

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 10_000;
/** The server speaks each second. Silence for so long means that the line is dead, though nobody has closed it. */
const SILENT_MS = 6000;

export type ConnectionState =
  | { readonly state: "connecting" | "open" }
  /** Gone since `since`, tried again at `retryAt`; both of the page's clock, epoch ms. */
  | { readonly state: "gone"; readonly since: number; readonly retryAt: number }
  | { readonly state: "token" }
  /** The server was updated and speaks another version: the page has to be loaded again. */
  | { readonly state: "outdated" };

export interface ConnectionHandlers {
  state(state: ConnectionState): void;
  frame(frame: ServerFrame): void;
  samples(frame: SampleFrame): void;
}

/** The WebSocket to the gateway, opened again with growing pauses for as long as the page is there. */
export class Connection {
  private socket: WebSocket | undefined;
  private wait = FIRST_WAIT_MS;
  private since = 0;
  private heard = 0;
  private timer = 0;
  private watched: string | null = null;

  constructor(private readonly handlers: ConnectionHandlers) {
    window.setInterval(() => {
      if (this.socket && this.heard > 0 && performance.now() - this.heard > SILENT_MS) this.lost(this.socket);
    }, 1000);
    window.addEventListener("online", () => this.retry());
  }

  open(): void {
    window.clearTimeout(this.timer);
    this.heard = 0;
    const socket = new WebSocket(new URL(LIVE_PATH, location.href.replace(/^http/, "ws")));
    this.socket = socket;
    socket.binaryType = "arraybuffer";
    socket.addEventListener("message", ({ data }) => {
      if (socket === this.socket) this.receive(data);
    });
    socket.addEventListener("close", ({ code }) => this.lost(socket, code));
  }

  /** Tries now, where it waits. */
  retry(): void {
    if (!this.socket) this.open();
  }

  /** Asks for samples of a wearer, now and after every new connection. */
  watch(wearer: string | null): void {
    this.watched = wearer;
    this.say({ watch: wearer });
  }

  private say(frame: ClientFrame): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(frame));
  }

  private receive(data: string | ArrayBuffer): void {
    this.heard = performance.now();
    if (typeof data !== "string") {
      const frame = decodeSamples(data);
      if (frame) this.handlers.samples(frame);
      return;
    }
    const frame = JSON.parse(data) as ServerFrame;
    if (frame.type === "hello") {
      if (frame.version !== LIVE_VERSION) {
        this.handlers.state({ state: "outdated" });
        return;
      }
      this.wait = FIRST_WAIT_MS;
      this.since = 0;
      this.handlers.state({ state: "open" });
      this.say({ watch: this.watched });
    }
    this.handlers.frame(frame);
  }

  private lost(socket: WebSocket, code?: number): void {
    if (socket !== this.socket) return;
    this.socket = undefined;
    socket.close();
    this.since ||= Date.now();
    void this.explain(code);
  }

  /** A browser does not tell why a WebSocket was refused; a request does. */
  private async explain(code: number | undefined): Promise<void> {
    const since = this.since;
    const token = code === CLOSE_UNAUTHORIZED || (await needsToken());
    if (this.socket || this.since !== since) return;
    if (token) {
      this.since = 0;
      this.handlers.state({ state: "token" });
      return;
    }
    // Pages that were open together do not all come back in the same moment.
    const wait = this.wait * (0.75 + 0.5 * Math.random());
    this.wait = Math.min(2 * this.wait, LONGEST_WAIT_MS);
    this.handlers.state({ state: "gone", since, retryAt: Date.now() + wait });
    this.timer = window.setTimeout(() => this.open(), wait);
  }
}
