import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { startProgram } from "./emulator-program.js";
import type { SimOptions } from "./source-uri.js";

/** What the emulator plays: its own synthetic pulse, or the given samples (one array per channel). */
export interface EmulatorOptions extends SimOptions {
  channels: readonly string[];
  rate: number;
  samples?: readonly Float64Array[];
  /** Sample frames carry this many samples; by default about 40 ms. */
  frame?: number;
  /** Format of a sample on the wire. */
  format?: "i16" | "i24" | "i32" | "f32";
  /** A symbolic link to the terminal, for a path that stays the same. */
  link?: string;
}

/** The emulator's own account of what it sent; damaged and dropped frames are among `frames`, their samples among `samples`. */
export interface SentReport {
  type: "sent";
  frames: number;
  samples: number;
  corrupted: number;
  dropped: number;
  lostSamples: number;
  /** Samples that went by while nobody had the terminal open. */
  unread: number;
}

export interface Emulator {
  /** The terminal to open, such as /dev/pts/3. */
  readonly path: string;
  /** Resolves when the emulator has ended, rejects when it failed. */
  readonly sent: Promise<SentReport>;
  stop(): void;
}

/** Numbers of one write to the emulator: small enough that a stopped emulator costs nothing. */
const FEED_SAMPLES = 4096;

/**
 * Starts the host emulator of firmware-bridge behind a pseudo-terminal.
 *
 * @throws BioxError EMULATOR_FAILED when it is not built or does not start
 */
export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  const { child, failed } = startProgram(emulatorArguments(options));
  let path: string | undefined;
  let report: SentReport | undefined;
  const started = new Promise<string>((resolve, reject) => {
    child.on("error", (cause) => reject(failed(`The emulator could not be started: ${cause.message}.`)));
    child.on("exit", () => reject(failed("The emulator ended before it began.")));
    createInterface({ input: child.stdout! }).on("line", (line) => {
      const message = JSON.parse(line) as { type: "tty"; path: string } | SentReport;
      if (message.type === "tty") {
        path = message.path;
        resolve(path);
      } else report = message;
    });
  });
  const sent = new Promise<SentReport>((resolve, reject) => {
    child.on("close", () => (report ? resolve(report) : reject(failed("The emulator ended without its account."))));
  });
  // Whoever does not wait for the account must not be ended by its failure.
  sent.catch(() => {});
  if (options.samples) feed(child, options.samples);
  await started;
  return { path: path as unknown as string, sent, stop: () => child.kill("SIGTERM") };
}

function emulatorArguments(options: EmulatorOptions): string[] {
  const { channels, samples, ...rest } = options;
  const flags: string[] = ["--channels", channels.join(",")];
  if (samples) flags.push("--stdin");
  for (const [name, value] of Object.entries(rest)) if (value !== undefined) flags.push(`--${name}`, String(value));
  return flags;
}

/** Writes interleaved little-endian float64 samples as fast as the emulator takes them. */
function feed(child: ChildProcess, columns: readonly Float64Array[]): void {
  const input = child.stdin;
  if (!input) return;
  const total = columns[0]?.length ?? 0;
  let at = 0;
  input.on("error", () => {
    // The emulator has ended before its input did; `sent` tells how.
  });
  const push = (): void => {
    while (at < total) {
      const count = Math.min(FEED_SAMPLES, total - at);
      const bytes = new DataView(new ArrayBuffer(count * columns.length * 8));
      for (let i = 0; i < count; i++)
        for (let c = 0; c < columns.length; c++)
          bytes.setFloat64((i * columns.length + c) * 8, columns[c]![at + i]!, true);
      at += count;
      if (!input.write(new Uint8Array(bytes.buffer))) {
        input.once("drain", push);
        return;
      }
    }
    input.end();
  };
  push();
}
