import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

export interface Finished {
  code: number | null;
  stdout: string;
  stderr: string;
  /** stdout as NDJSON. */
  lines: Line[];
  ms: number;
}

// biome-ignore lint/suspicious/noExplicitAny: a line is whatever the command printed, and each test knows what it looks for.
export type Line = any;

/** The command line that starts `biox`: this Node, or whatever a test has put in its place. */
export type Launcher = readonly [command: string, ...args: string[]];
const HERE: Launcher = [process.execPath, MAIN];

/** A running `biox` command whose lines can be awaited. */
export class Biox {
  readonly child: ChildProcess;
  readonly lines: Line[] = [];
  readonly finished: Promise<Finished>;
  private readonly waiting = new Set<() => void>();
  /** ms from its start to its first line of JSON: how fast this machine is at the moment. */
  private startMs = 0;

  constructor(args: readonly string[], env: NodeJS.ProcessEnv = {}, [command, ...before]: Launcher = HERE) {
    const begin = performance.now();
    const child = spawn(command, [...before, ...args], { env: { ...process.env, ...env } });
    this.child = child;
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (text: Buffer) => {
      stdout += text;
    });
    child.stderr.on("data", (text: Buffer) => {
      stderr += text;
    });
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (!line.startsWith("{")) return;
      this.startMs ||= performance.now() - begin;
      this.lines.push(JSON.parse(line));
      for (const wake of this.waiting) wake();
    });
    this.finished = new Promise((resolve) => {
      child.on("close", (code) => {
        resolve({ code, stdout, stderr, lines: this.lines, ms: performance.now() - begin });
        for (const wake of this.waiting) wake();
      });
    });
  }

  /** The first line, printed already or to come, that passes `test`; fails when the command ends without one. */
  async line(test: (line: Line) => boolean): Promise<Line> {
    let ended: Finished | undefined;
    void this.finished.then((f) => {
      ended = f;
    });
    for (;;) {
      const found = this.lines.find(test);
      if (found) return found;
      if (ended)
        throw new Error(`biox ended (${ended.code}) without that line: ${ended.stderr}${ended.stdout.slice(-500)}`);
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          this.waiting.delete(wake);
          resolve();
        };
        this.waiting.add(wake);
      });
    }
  }

  type(type: string): Line[] {
    return this.lines.filter((line) => line.type === type);
  }

  stop(signal: NodeJS.Signals = "SIGINT"): Promise<Finished> {
    this.child.kill(signal);
    return this.finished;
  }

  /**
   * Stops it as Ctrl-C does.
   *
   * @returns seconds that took; on a machine on which the command needed longer than `usualStart` to begin, as many times fewer
   */
  async timeStop(usualStart = 1): Promise<Finished & { stopSeconds: number }> {
    const begin = performance.now();
    const finished = await this.stop();
    const slower = Math.max(1, this.startMs / 1000 / usualStart);
    return { ...finished, stopSeconds: (performance.now() - begin) / 1000 / slower };
  }
}

/** Runs a `biox` command to its end. */
export function biox(args: readonly string[], env: NodeJS.ProcessEnv = {}, launcher = HERE): Promise<Finished> {
  return new Biox(args, env, launcher).finished;
}
