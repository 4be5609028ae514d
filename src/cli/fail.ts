import { BioxError, printableLine, printableLines } from "../index.js";

/**
 * Ends the process with exit code 1, one sentence and a hint; a stack trace only with --debug.
 *
 * Messages may hold what a device or a file has chosen, so control characters are taken out: none reaches the terminal.
 */
export function fail(error: unknown, debug: boolean | undefined): never {
  report(error, debug);
  process.exit(1);
}

/** Says what {@link fail} says, and goes on. */
export function report(error: unknown, debug: boolean | undefined): void {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`biox: ${printableLine(message)}\n`);
  if (error instanceof BioxError) {
    if (error.hint) process.stderr.write(`      ${printableLine(error.hint)}\n`);
  } else if (!debug)
    process.stderr.write(
      "      This was not expected; run again with 'biox --debug ...' to see where it comes from.\n",
    );
  if (debug && error instanceof Error) process.stderr.write(`${printableLines(error.stack ?? "")}\n`);
}

/** One sentence on stderr about what is wrong, where the work goes on. */
export function warn(message: string): void {
  process.stderr.write(`biox: ${printableLine(message)}\n`);
}
