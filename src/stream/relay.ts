import type { ChildProcess } from "node:child_process";
import { type EmulatorProgram, startProgram } from "./emulator-program.js";

/** What happens at the far end of a relayed terminal. */
export interface RelayHandlers {
  /** A reader has opened the terminal and may be sent to. */
  opened(): void;
  /** Bytes that the reader wrote; valid during the call. */
  bytes(bytes: Uint8Array): void;
  /** The reader has gone. */
  closed(): void;
}

const MESSAGE_HEADER = 3;

/** A pseudo-terminal whose device this process plays: firmware-bridge/emulator/relay.h has what goes between. */
export class Relay {
  /** Resolves when the program behind the terminal has ended. */
  readonly exited: Promise<void>;
  private held: Buffer = Buffer.alloc(0);

  private constructor(
    /** What a reader opens. */
    readonly path: string,
    private readonly child: ChildProcess,
    private readonly handlers: RelayHandlers,
    rest: Buffer,
  ) {
    this.exited = new Promise((resolve) => child.once("close", () => resolve()));
    child.stdin!.on("error", () => {
      // The program has ended; `exited` tells.
    });
    child.stdout!.on("data", (chunk: Buffer) => this.take(chunk));
    this.take(rest);
  }

  /**
   * @param link symbolic link to the terminal
   * @throws BioxError EMULATOR_FAILED
   */
  static async start(link: string | undefined, handlers: RelayHandlers): Promise<Relay> {
    const program = startProgram(["--relay", ...(link === undefined ? [] : ["--link", link])]);
    const [line, rest] = await firstLine(program);
    const { path } = JSON.parse(line) as { path: string };
    return new Relay(path, program.child, handlers, rest);
  }

  /** Sends bytes to the reader; false when the next should wait for `drained`. */
  write(bytes: Uint8Array): boolean {
    return bytes.length === 0 || !this.child.stdin!.writable || this.child.stdin!.write(bytes);
  }

  /** Calls back when more can be written. */
  drained(then: () => void): void {
    this.child.stdin!.once("drain", then);
  }

  /** Nothing more will be sent: the terminal goes when the reader has read all. */
  end(): void {
    this.child.stdin!.end();
  }

  /** Pulls the plug. */
  stop(): void {
    this.child.kill("SIGTERM");
  }

  private take(chunk: Buffer): void {
    this.held = this.held.length > 0 ? Buffer.concat([this.held, chunk]) : chunk;
    while (this.held.length >= MESSAGE_HEADER) {
      const end = MESSAGE_HEADER + this.held.readUInt16LE(1);
      if (this.held.length < end) return;
      const tag = String.fromCharCode(this.held[0]!);
      const bytes = this.held.subarray(MESSAGE_HEADER, end);
      this.held = this.held.subarray(end);
      if (tag === "O") this.handlers.opened();
      else if (tag === "C") this.handlers.closed();
      else this.handlers.bytes(bytes);
    }
  }
}

/** The line with which the program begins, and what has come behind it. */
function firstLine({ child, failed }: EmulatorProgram): Promise<[line: string, rest: Buffer]> {
  return new Promise((resolve, reject) => {
    let held: Buffer = Buffer.alloc(0);
    const end = (): void => reject(failed("The emulator ended before it began."));
    const take = (chunk: Buffer): void => {
      held = Buffer.concat([held, chunk]);
      const at = held.indexOf(10);
      if (at < 0) return;
      child.stdout!.off("data", take);
      child.off("close", end);
      resolve([held.toString("utf8", 0, at), held.subarray(at + 1)]);
    };
    child.stdout!.on("data", take);
    child.once("error", (cause) => reject(failed(`The emulator could not be started: ${cause.message}.`)));
    child.once("close", end);
  });
}
