import { execFile } from "node:child_process";
import type { Log } from "./log.js";

/**
 * Tells systemd how the service is doing (sd_notify(3)). Through the program systemd-notify: Node has no sockets for UNIX datagrams, and
 * two short processes a minute cost less than another native addon. The unit needs NotifyAccess=all for that, since the word comes from a
 * child. Without systemd all of this does nothing.
 */
export class ServiceNotifier {
  readonly #socket = process.env.NOTIFY_SOCKET;
  #watchdog: NodeJS.Timeout | undefined;
  #said: Promise<void> = Promise.resolve();
  #complained = false;

  constructor(private readonly log: Log) {}

  /** All was tried: what depends on this service may start. Keeps the watchdog quiet from now on, as long as this thread runs. */
  ready(status: string): void {
    void this.#say("READY=1", `STATUS=${status}`);
    const { WATCHDOG_USEC, WATCHDOG_PID = String(process.pid) } = process.env;
    if (WATCHDOG_USEC === undefined || WATCHDOG_PID !== String(process.pid)) return;
    // A third and not the half that sd_watchdog_enabled(3) names: one that a busy machine starts late does not end the service.
    this.#watchdog ??= setInterval(() => void this.#say("WATCHDOG=1"), Number(WATCHDOG_USEC) / 3000);
  }

  /** A reload begins; `ready` ends it. */
  reloading(): void {
    const now = process.hrtime.bigint() / 1000n;
    void this.#say("RELOADING=1", `MONOTONIC_USEC=${now}`);
  }

  /** The service ends. Resolves when systemd has been told. */
  stopping(): Promise<void> {
    clearInterval(this.#watchdog);
    return this.#say("STOPPING=1");
  }

  #say(...words: string[]): Promise<void> {
    if (this.#socket === undefined) return Promise.resolve();
    this.#said = this.#said.then(
      () =>
        new Promise((resolve) => {
          execFile("systemd-notify", words, { timeout: 5000 }, (error) => {
            if (error && !this.#complained) this.log.warn({ reason: error.message }, "systemd cannot be told");
            this.#complained ||= error !== null;
            resolve();
          });
        }),
    );
    return this.#said;
  }
}
