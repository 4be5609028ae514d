/** Waits until something is so, looking often; fails with `what` after a limit that no machine needs. */
export async function until(what: string, test: () => boolean | Promise<boolean>, limitMs = 60_000): Promise<void> {
  for (let waited = 0; !(await test()); waited += 20) {
    if (waited > limitMs) throw new Error(`Not within ${limitMs / 1000} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
