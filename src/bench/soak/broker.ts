import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";

/** For a machine with much else to do. */
const START_MS = 30_000;
/** How much of what it says is kept for the error where it does not start, characters. */
const TOLD = 2000;

export interface BrokerOptions {
  /** Further lines of its configuration; anybody may connect unless given. */
  readonly lines?: readonly string[];
  /** Address at which it listens, 127.0.0.1 unless given. */
  readonly address?: string;
  /** Network namespace in which it runs, from which the address can be reached; the machine's own unless given. */
  readonly namespace?: string;
}

/** A mosquitto of our own that keeps its messages on disk, and can be killed and started again at the same port. */
export class Broker {
  private child: ChildProcess | undefined;

  private constructor(
    readonly address: string,
    readonly port: number,
    private readonly command: readonly string[],
  ) {}

  /** @param folder for its configuration and messages; made where it is missing */
  static async start(folder: string, options: BrokerOptions = {}): Promise<Broker> {
    const { lines = ["allow_anonymous true"], address = "127.0.0.1", namespace } = options;
    const port = await freePort();
    mkdirSync(folder, { recursive: true });
    const path = join(folder, "mosquitto.conf");
    const configuration = [
      `listener ${port} ${address}`,
      ...lines,
      "persistence true",
      `persistence_location ${folder}/`,
      "max_queued_messages 0",
      // Started by root it would become another user, who may not write here.
      ...(process.getuid?.() === 0 ? ["user root"] : []),
    ];
    writeFileSync(path, `${configuration.join("\n")}\n`);
    const enter = namespace === undefined ? [] : ["ip", "netns", "exec", namespace];
    const broker = new Broker(address, port, [...enter, "mosquitto", "-c", path]);
    await broker.start();
    return broker;
  }

  get url(): string {
    return `mqtt://${this.address}:${this.port}`;
  }

  /** Starts it, and waits until it answers. */
  async start(): Promise<void> {
    const [program, ...args] = this.command;
    const child = spawn(program!, args, { stdio: ["ignore", "ignore", "pipe"] });
    this.child = child;
    let told = "";
    let over = false;
    child.stderr.on("data", (text: Buffer) => {
      told = (told + text).slice(-TOLD);
    });
    child.once("error", ({ message }) => {
      told += `${message}: install it (Debian: apt-get install mosquitto)`;
      over = true;
    });
    child.once("exit", () => {
      over = true;
    });
    const until = Date.now() + START_MS;
    while (!(await answers(this.address, this.port))) {
      if (over || Date.now() > until) throw new Error(`mosquitto does not start: ${told}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Ends it; it then writes its messages to disk, unless the signal is SIGKILL. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    const { child } = this;
    this.child = undefined;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill(signal);
    await exited;
  }
}

function answers(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, address);
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
