import { setMaxListeners } from "node:events";

/** Ends of a command that come from outside: Ctrl-C, SIGTERM, and the time that --duration gives. */
export class Stop {
  private readonly controller = new AbortController();
  /** The signal that ended the command, if it was one. */
  by: "SIGINT" | "SIGTERM" | undefined;

  constructor() {
    // One listener or two for each source, of which there may be many.
    setMaxListeners(0, this.controller.signal);
    for (const name of ["SIGINT", "SIGTERM"] as const) process.on(name, () => this.take(name));
  }

  /** Aborts when the command is to end. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Has the command end after so many seconds; undefined is no end. */
  after(seconds: number | undefined): void {
    if (seconds !== undefined) setTimeout(() => this.controller.abort(), seconds * 1000).unref();
  }

  /** Ends the process by the signal itself, whatever is under way: the second Ctrl-C, or a model that will not finish. */
  now(name: "SIGINT" | "SIGTERM"): void {
    if (process.stdout.isTTY) process.stdout.write("\x1b[?25h");
    process.removeAllListeners(name);
    process.kill(process.pid, name);
  }

  private take(name: "SIGINT" | "SIGTERM"): void {
    if (this.by) this.now(name);
    this.by = name;
    this.controller.abort();
  }
}

/** Exit code of a command that a signal has ended before it had anything to say. */
export const INTERRUPTED = 130;
