import { execFile } from "node:child_process";
import { chmod, rm, writeFile } from "node:fs/promises";
import { BioxError } from "../../errors.js";

/** One thing that is done to a machine: a program that is run, or a file that is written or taken away. */
export type Step =
  | { readonly run: readonly [string, ...string[]]; readonly mayFail?: boolean }
  | { readonly write: string; readonly text: string }
  | { readonly remove: string };

/** A step as a shell would be told. */
export function stepText(step: Step): string {
  if ("run" in step) return step.run.join(" ");
  return "write" in step ? `write ${step.write}` : `rm -f ${step.remove}`;
}

/** @throws BioxError SERVICE_FAILED */
export async function takeStep(step: Step): Promise<void> {
  try {
    if ("run" in step) await run(step.run);
    else if ("remove" in step) await rm(step.remove, { force: true });
    else {
      await writeFile(step.write, step.text);
      await chmod(step.write, 0o644);
    }
  } catch (cause) {
    if ("run" in step && step.mayFail) return;
    const what = cause instanceof Error ? cause.message.trim().split("\n").at(-1) : String(cause);
    throw new BioxError(
      "SERVICE_FAILED",
      `'${stepText(step)}' has failed: ${what}.`,
      "What was done before it stays.",
      {
        cause,
      },
    );
  }
}

/** What a program prints. */
export function run([program, ...words]: readonly [string, ...string[]]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, words, { timeout: 60_000 }, (error, stdout) => (error ? reject(error) : resolve(stdout)));
  });
}
