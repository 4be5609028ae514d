import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";

export const hasMosquitto = spawnSync("mosquitto", ["-h"]).error === undefined;
if (!hasMosquitto) console.log("skipped: no mosquitto");

/** A port at which nobody listens. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

export interface MosquittoOptions {
  /** Lines of the configuration besides. */
  lines?: readonly string[];
  /** Address at which it listens, and the network namespace where that is; this machine's own unless given. */
  address?: string;
  namespace?: string;
}

/** A real broker with persistence, that can be ended and started again at its port. */
export class Mosquitto {
  private child: ChildProcess | undefined;

  private constructor(
    private readonly command: readonly string[],
    readonly address: string,
    readonly port: number,
    private readonly canConnect: boolean,
  ) {}

  static async start(folder: string, options: MosquittoOptions = {}): Promise<Mosquitto> {
    const { lines = ["allow_anonymous true"], address = "127.0.0.1", namespace } = options;
    const port = await freePort();
    const path = join(folder, "mosquitto.conf");
    const config = [
      `listener ${port} ${address}`,
      ...lines,
      "persistence true",
      `persistence_location ${folder}/`,
      // Root would be given up for a user to whom the folder does not belong.
      "user root",
      "max_queued_messages 0",
    ];
    writeFileSync(path, `${config.join("\n")}\n`);
    const enter = namespace === undefined ? [] : ["ip", "netns", "exec", namespace];
    const broker = new Mosquitto([...enter, "mosquitto", "-c", path], address, port, namespace === undefined);
    await broker.begin();
    return broker;
  }

  get url(): string {
    return `mqtt://${this.address}:${this.port}`;
  }

  /** Starts it, and waits until it answers. */
  async begin(): Promise<void> {
    const [command, ...args] = this.command;
    const child = spawn(command!, args, { stdio: ["ignore", "ignore", "pipe"] });
    this.child = child;
    let told = "";
    child.stderr!.on("data", (text: Buffer) => {
      told += text;
    });
    for (let tries = 0; ; tries++) {
      if (child.exitCode !== null || tries > 600) throw new Error(`mosquitto does not start: ${told}`);
      if (this.canConnect ? await answers(this.address, this.port) : /mosquitto version .* running/.test(told)) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async end(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    const { child } = this;
    this.child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, "exit");
  }
}

function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
