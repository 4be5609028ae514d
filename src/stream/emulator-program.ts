import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { BioxError } from "../errors.js";

/** A running biox-emulator, the program of firmware-bridge. */
export interface EmulatorProgram {
  readonly child: ChildProcess;
  /** The error that its last words on stderr make, or `what` where it said nothing. */
  failed(what: string): BioxError;
}

/**
 * Starts the program behind all emulated wearables; it opens the pseudo-terminal.
 *
 * @throws BioxError EMULATOR_FAILED when it is not built
 */
export function startProgram(flags: readonly string[]): EmulatorProgram {
  const binary =
    process.env.BIOX_EMULATOR ?? fileURLToPath(new URL("../../build/Release/biox-emulator", import.meta.url));
  if (!existsSync(binary))
    throw new BioxError("EMULATOR_FAILED", `The emulator ${binary} is not there.`, "Build it with 'npm run build'.");
  // In a process group of its own, or Ctrl-C would end it before its reader; it watches that this process lives.
  const child = spawn(binary, flags, { stdio: ["pipe", "pipe", "pipe"], detached: true });
  let complaint = "";
  child.stderr.on("data", (text: Buffer) => {
    complaint = (complaint + text.toString()).slice(-2000);
  });
  const failed = (what: string) =>
    new BioxError(
      "EMULATOR_FAILED",
      complaint.trim().replace(/^biox-emulator: /, "") || what,
      "See 'biox emulate --help'.",
    );
  return { child, failed };
}
