import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";

const START_MS = 10_000;

/** A mosquitto of our own that keeps its messages on disk, and can be killed and started again at the same port. */
export class Broker {
  private child: ChildProcess | undefined;

  private constructor(
    readonly port: number,
    private readonly configuration: string,
  ) {}

  /** @param folder for its configuration and messages */
  static async start(folder: string): Promise<Broker> {
    const port = await freePort();
    mkdirSync(folder, { recursive: true });
    const configuration = join(folder, "mosquitto.conf");
    const lines = [`listener ${port} 127.0.0.1`, "allow_anonymous true", "persistence true", "autosave_interval 1"];
    lines.push(`persistence_location ${folder}/`, "max_queued_messages 0", "log_type none");
    // Started by root it would become another user, who may not write here.
    if (process.getuid?.() === 0) lines.push("user root");
    writeFileSync(configuration, `${lines.join("\n")}\n`);
    const broker = new Broker(port, configuration);
    await broker.start();
    return broker;
  }

  get url(): string {
    return `mqtt://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const child = spawn("mosquitto", ["-c", this.configuration], { stdio: "ignore" });
    child.on("error", () => {
      // It is not installed, or could not be started: `answers` below tells.
    });
    this.child = child;
    const until = Date.now() + START_MS;
    while (!(await answers(this.port))) {
      if (child.exitCode !== null || Date.now() > until)
        throw new Error("mosquitto does not start: install it (Debian: apt-get install mosquitto).");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Ends it, writing its messages to disk. */
  async stop(): Promise<void> {
    const { child } = this;
    this.child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill("SIGTERM");
    await exited;
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}

/** A TCP port of this machine that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}
