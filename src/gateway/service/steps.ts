import { execFile } from "node:child_process";
import { chmod, rm, writeFile } from "node:fs/promises";
import { BioxError } from "../../errors.js";

/** One thing that is done to a machine: a program that is run, or a file that is written or taken away. */
export type Step =
  | { readonly run: readonly [string, ...string[]]; readonly mayFail?: boolean; readonly hint?: string }
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
    const stays = "What was done before it stays.";
    const hint = "run" in step && step.hint ? `${step.hint} ${stays}` : stays;
    throw new BioxError("SERVICE_FAILED", `'${stepText(step)}' has failed: ${reason(cause)}.`, hint, { cause });
  }
}

/** The first line that the program wrote: what Node says comes before it, and hints after. */
function reason(cause: unknown): string {
  const [node = "", first = node] = (cause instanceof Error ? cause.message : String(cause)).trim().split("\n");
  return first.replace(/\.$/, "");
}

/** Longer than the unit's TimeoutStartSec, for which systemctl waits. */
const PATIENCE_MS = 150_000;

/** What a program prints. */
export function run([program, ...words]: readonly [string, ...string[]]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, words, { timeout: PATIENCE_MS }, (error, stdout) => (error ? reject(error) : resolve(stdout)));
  });
}
