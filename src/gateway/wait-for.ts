/** Resolves after `ms`, when `signal` aborts, or when `early` is called; never rejects. */
export function waitFor(
  ms: number,
  signal: AbortSignal | undefined,
  early: (wake: () => void) => () => void = () => () => {},
): Promise<void> {
  return new Promise((resolve) => {
    const wake = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", wake);
      deafen();
      resolve();
    };
    const timer = setTimeout(wake, ms);
    const deafen = early(() => wake());
    if (signal?.aborted) wake();
    else signal?.addEventListener("abort", wake, { once: true });
  });
}
