import { type ChildProcess, spawn } from "node:child_process";
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/** The binary as CMake or node-gyp has built it. */
export const EMULATOR = fileURLToPath(new URL("../../build/Release/biox-emulator", import.meta.url));

/** What the emulator prints last. */
export interface Sent {
  frames: number;
  samples: number;
  corrupted: number;
  dropped: number;
  lostSamples: number;
  unread: number;
}

/** A running emulator, as its parent process sees it. */
export class TestEmulator {
  readonly process: ChildProcess;
  /** Resolves with the path of the terminal. */
  readonly path: Promise<string>;
  /** Resolves with the last line when the process has ended with status 0. */
  readonly sent: Promise<Sent>;

  constructor(args: string[], stdin?: Float64Array) {
    const child = spawn(EMULATOR, args, { stdio: [stdin ? "pipe" : "ignore", "pipe", "ignore"] });
    this.process = child;
    if (stdin) child.stdin!.end(Buffer.from(stdin.buffer, stdin.byteOffset, stdin.byteLength));
    const lines: Record<string, unknown>[] = [];
    let foundPath: (path: string) => void = () => {};
    this.path = new Promise((resolve) => {
      foundPath = resolve;
    });
    createInterface(child.stdout!).on("line", (line) => {
      lines.push(JSON.parse(line));
      if (lines.length === 1) foundPath(String(lines[0]!.path));
    });
    this.sent = new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code, signal) => {
        const last = lines.at(-1);
        if (code === 0 && last?.type === "sent") resolve(last as unknown as Sent);
        else reject(new Error(`The emulator ended with status ${code ?? signal}.`));
      });
    });
    this.sent.catch(() => {}); // most tests end the process without asking how it ended
  }
}

/** Reads a terminal without ever blocking a thread, as `serialport` does. */
export class TestReader {
  readonly #file: FileHandle;
  readonly #buffer = Buffer.alloc(4096);

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  static async open(path: string): Promise<TestReader> {
    return new TestReader(await open(path, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK));
  }

  /** Calls `onBytes` with all that comes, until it returns true or the other end is closed. */
  async read(onBytes: (bytes: Uint8Array) => boolean | undefined): Promise<void> {
    for (;;) {
      try {
        const { bytesRead } = await this.#file.read(this.#buffer, 0, this.#buffer.length, null);
        if (bytesRead === 0 || onBytes(this.#buffer.subarray(0, bytesRead))) return;
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === "EIO") return; // what Linux says of a terminal whose other end is closed
        if (code !== "EAGAIN") throw error;
        await sleep(2);
      }
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
    await this.#file.write(bytes);
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}
