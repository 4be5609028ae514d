import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, readFileSync, type WriteStream } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../cli/main.js", import.meta.url));
const HOOK = new URL("./crash-hook.js", import.meta.url).href;
/** Bytes in a page of memory on the machines that Linux counts them for us. */
const PAGE_BYTES = 4096;

/** A line of the gateway's log. */
export interface LogLine {
  level: number | string;
  time: number;
  msg: string;
  wearer?: string;
  bundle?: string;
  sink?: string;
  state?: string;
  badFrames?: number;
  [key: string]: unknown;
}

/** `biox serve` as a process of its own, as people run it, and what it says. */
export class GatewayProcess {
  readonly log: LogLine[] = [];
  /** Lines of stderr that are no log: there should be none. */
  readonly noise: string[] = [];
  private readonly file: WriteStream;

  private constructor(
    private readonly child: ChildProcess,
    /** Address of its HTTP interface. */
    readonly url: string,
    logFile: string,
  ) {
    this.file = createWriteStream(logFile);
    for (const stream of [child.stderr!, child.stdout!])
      createInterface({ input: stream }).on("line", (line) => this.take(line));
  }

  /** @param logFile where its log is kept, too */
  static start(config: string, port: number, logFile: string): GatewayProcess {
    const args = ["--import", HOOK, MAIN, "serve", config];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
    return new GatewayProcess(child, `http://127.0.0.1:${port}`, logFile);
  }

  /** How it has ended; undefined while it runs. */
  get ended(): string | undefined {
    const { exitCode, signalCode } = this.child;
    return exitCode === null && signalCode === null ? undefined : `exit ${exitCode ?? signalCode}`;
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** Memory of the process, bytes. */
  get rss(): number {
    const pages = readFileSync(`/proc/${this.child.pid}/statm`, "utf8").split(" ")[1];
    return Number(pages) * PAGE_BYTES;
  }

  crashEngine(): void {
    this.child.kill("SIGUSR2");
  }

  async get(path: string): Promise<string> {
    const answer = await fetch(this.url + path, { signal: AbortSignal.timeout(10_000) });
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}.`);
    return answer.text();
  }

  /** Values of all metrics, by name with labels. */
  async metrics(): Promise<Map<string, number>> {
    const lines = (await this.get("/metrics")).split("\n").filter((line) => line && !line.startsWith("#"));
    return new Map(
      lines.map((line) => {
        const at = line.lastIndexOf(" ");
        return [line.slice(0, at), Number(line.slice(at + 1))];
      }),
    );
  }

  /** Told to stop as by systemd; returns the ms that it took. */
  async stop(): Promise<number> {
    if (this.ended) return 0;
    const begin = performance.now();
    const exited = once(this.child, "exit");
    this.child.kill("SIGTERM");
    await exited;
    this.file.end();
    return performance.now() - begin;
  }

  private take(line: string): void {
    this.file.write(`${line}\n`);
    try {
      this.log.push(JSON.parse(line));
    } catch {
      this.noise.push(line);
    }
  }
}
