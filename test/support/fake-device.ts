import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { pack } from "msgpackr";
import { SerialPort } from "serialport";
import { encodeFrame, FrameKind } from "../../src/framing/index.js";

/** socat, which joins two terminals; undefined where it is not installed, with a plain line about it. */
export const SOCAT = ["/usr/bin/socat", "/usr/local/bin/socat", "/opt/homebrew/bin/socat"].find(existsSync);
if (!SOCAT) process.stdout.write("skipped: no socat\n");

const SETTLE_MS = 20;

/** A device that a test speaks for, on the far side of a terminal: any frame, in any order. */
export class FakeDevice {
  private constructor(
    /** What a reader opens. */
    readonly path: string,
    /** Listens; sets the terminal raw. */
    private readonly port: SerialPort,
    /** Speaks: serialport's own writing waits for ever where a terminal's buffer is full once. */
    private readonly voice: FileHandle,
    private readonly socat: ChildProcess,
  ) {}

  private said: Promise<unknown> = Promise.resolve();

  static async plugIn(folder: string, name: string): Promise<FakeDevice> {
    const [near, far] = [join(folder, `${name}-near`), join(folder, `${name}-far`)];
    const socat = spawn(SOCAT!, [`pty,raw,echo=0,link=${near}`, `pty,raw,echo=0,link=${far}`]);
    while (!existsSync(near) || !existsSync(far)) await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    // Before serialport, which has the terminal refuse others.
    const voice = await open(far, "r+");
    const port = new SerialPort({ path: far, baudRate: 115200, autoOpen: false });
    await new Promise<void>((resolve, reject) => port.open((error) => (error ? reject(error) : resolve())));
    return new FakeDevice(near, port, voice, socat);
  }

  /** Resolves when a reader has asked something. */
  asked(): Promise<void> {
    return new Promise((resolve) => this.port.once("data", () => resolve()));
  }

  hello(change: Record<string, unknown> = {}, ...more: Record<string, unknown>[]): void {
    const stream = {
      id: 0,
      name: "pulse",
      channels: [{ name: "ppg", unit: "adc", scale: 1, offset: 0 }],
      format: "f32",
    };
    const streams = [
      { ...stream, rate: 100, next: 0, ...change },
      ...more.map((other) => ({ ...stream, rate: 100, ...other })),
    ];
    const payload = pack({ device: "fake", firmware: "1", clockHz: 1_000_000, speed: 1, streams });
    this.send(encodeFrame({ kind: FrameKind.hello, payload }));
  }

  samples(index: number, values: readonly number[]): void {
    const payload = new Uint8Array(Float32Array.from(values).buffer);
    this.send(encodeFrame({ kind: FrameKind.samples, index, count: values.length, timeUs: index * 10_000, payload }));
  }

  send(bytes: Uint8Array): void {
    this.said = this.said.then(() => this.voice.write(bytes));
  }

  async unplug(): Promise<void> {
    await this.said;
    await this.voice.close();
    await new Promise<void>((resolve) => this.port.close(() => resolve()));
    this.socat.kill();
  }
}

/** A wave that no quality measure takes for a flat line. */
export function wave(from: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => 1000 * Math.sin((from + i) / 7));
}
