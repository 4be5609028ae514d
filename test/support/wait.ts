/** Waiting for facts: what a test may say of time on a machine whose speed it does not know. */

import { readFile } from "node:fs/promises";

/** What has not happened by then is not going to, on the slowest machine. */
export const LONGEST_MS = 60_000;
const LOOK_MS = 10;

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Resolves as soon as `fact` holds; fails where it does not in a minute. */
export async function until(fact: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const begin = performance.now();
  while (!(await fact())) {
    if (performance.now() - begin > LONGEST_MS) throw new Error(`waited a minute for ${what}`);
    await pause(LOOK_MS);
  }
}

/** Bytes that a process has read so far, of files and pipes (Linux: /proc/PID/io). */
export async function bytesRead(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/io`, "utf8");
  return Number(/^rchar: (\d+)$/m.exec(text)![1]);
}
