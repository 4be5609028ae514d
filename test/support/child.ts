import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** How long a script may take to end when it is told to. */
const PATIENCE_MS = 30_000;

/** A script of this folder in a process of its own, that says how it is doing in lines of JSON. */
export class Child {
  // biome-ignore lint/suspicious/noExplicitAny: each script has its own lines.
  latest: any;
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;
  #errors = "";

  constructor(script: string, settings: object) {
    const path = fileURLToPath(new URL(script, import.meta.url));
    const child = spawn(process.execPath, [path, JSON.stringify(settings)]);
    this.#child = child;
    child.stderr.on("data", (text) => {
      this.#errors += text;
    });
    createInterface({ input: child.stdout }).on("line", (line) => {
      this.latest = JSON.parse(line);
    });
    this.#ended = new Promise((resolve) => child.on("close", resolve));
  }

  /** Its newest line, when there is one that passes. */
  // biome-ignore lint/suspicious/noExplicitAny: see above.
  async until(test: (line: any) => boolean): Promise<any> {
    for (;;) {
      if (this.latest !== undefined && test(this.latest)) return this.latest;
      if (this.#child.exitCode !== null) throw new Error(`It has ended (${this.#child.exitCode}): ${this.#errors}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Its exit code; null where it had to be killed. */
  async end(): Promise<number | null> {
    this.#child.stdin!.end();
    const late = setTimeout(() => this.#child.kill("SIGKILL"), PATIENCE_MS);
    const code = await this.#ended;
    clearTimeout(late);
    return code;
  }
}
