import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";

const NAMES = ["chromium", "chromium-browser", "google-chrome"];

/** A page that is open all the time: in a real browser where there is one. */
export class Viewer {
  private constructor(
    /** What shows the page. */
    readonly what: string,
    private readonly child: ChildProcess | undefined,
  ) {}

  /** @param profile folder for the browser's own files */
  static open(url: string, profile: string): Viewer {
    const name = NAMES.find((name) => spawnSync(name, ["--version"]).status === 0);
    if (!name) return new Viewer("no browser was found", undefined);
    const flags = [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-dev-shm-usage",
      "--remote-debugging-port=0",
    ];
    const child = spawn(name, [...flags, `--user-data-dir=${profile}`, url], { stdio: "ignore" });
    child.on("error", () => {
      // It was there a moment ago; the count of viewers in the report tells.
    });
    return new Viewer(name, child);
  }

  async close(): Promise<void> {
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  }
}
