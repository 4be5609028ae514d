import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { BioxError } from "../errors.js";
import { BUILD_HINT, nativeFiles } from "../native-files.js";

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
  const places = process.env.BIOX_EMULATOR ? [process.env.BIOX_EMULATOR] : nativeFiles("biox-emulator");
  const binary = places.find((place) => existsSync(place));
  if (binary === undefined)
    throw new BioxError("EMULATOR_FAILED", `The emulator ${places.join(" or ")} is not there.`, BUILD_HINT);
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
