import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ScaleSettings } from "biox-edge/gateway";

export const hasNatsServer = ((): boolean => {
  try {
    execFileSync("nats-server", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    process.stdout.write("skipped: no nats-server\n");
    return false;
  }
})();

/** A real nats-server with JetStream in a folder of its own, on a port that it has chosen. */
export class NatsServer {
  private child!: ChildProcess;

  private constructor(
    private readonly folder: string,
    private readonly extra: string,
    /** 0 until it has told it. */
    public port = 0,
  ) {}

  /** @param extra lines of its configuration, such as users */
  static async start(extra = ""): Promise<NatsServer> {
    const server = new NatsServer(mkdtempSync(join(tmpdir(), "biox-nats-")), extra);
    await server.begin();
    return server;
  }

  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  /** Ends the process by a signal, and starts it again on its port over its files, after a while. */
  async restart(signal: NodeJS.Signals, pauseMs: number): Promise<void> {
    await this.end(signal);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    await this.begin();
  }

  /** Ends the process by a signal. */
  async end(signal: NodeJS.Signals): Promise<void> {
    const { child } = this;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill(signal);
    await ended;
  }

  async close(): Promise<void> {
    await this.end("SIGKILL");
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async begin(): Promise<void> {
    const { folder } = this;
    const config = join(folder, "nats.conf");
    const listen = `listen: 127.0.0.1:${this.port === 0 ? -1 : this.port}`;
    const store = `jetstream { store_dir: "${folder}/js", max_memory_store: 64MB, max_file_store: 512MB }`;
    writeFileSync(config, `${listen}\n${store}\n${this.extra}\n`);
    for (const name of portFiles(folder)) rmSync(join(folder, name));
    this.child = spawn("nats-server", ["-c", config, "--ports_file_dir", folder], { stdio: "ignore" });
    // It writes this file once it listens.
    for (;;) {
      if (this.child.exitCode !== null) throw new Error(`nats-server ended with ${this.child.exitCode}`);
      const [name] = portFiles(folder);
      const text = name ? readFileSync(join(folder, name), "utf8") : "";
      if (text.endsWith("}")) {
        this.port = Number(new URL(JSON.parse(text).nats[0]).port);
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

function portFiles(folder: string): string[] {
  return readdirSync(folder).filter((name) => name.endsWith(".ports"));
}

/** Section `scale` of a gateway's configuration, for a server. */
export function scaleOf(server: NatsServer, changes: Partial<ScaleSettings> = {}): ScaleSettings {
  return {
    nats: server.url,
    bundles: ["tiny"],
    windows: "prepared",
    deadline: 30,
    waiting: 4,
    megabytes: 16,
    storage: "file",
    ...changes,
  };
}
