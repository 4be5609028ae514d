/**
 * A signal that aborts at Ctrl-C, at the end of the parent's patience (SIGTERM) or after `seconds`. A second Ctrl-C ends at once.
 */
export function stopSignal(seconds: number | undefined): AbortSignal {
  const controller = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort();
  };
  process.on("SIGINT", stop).on("SIGTERM", stop);
  if (seconds !== undefined) setTimeout(() => controller.abort(), seconds * 1000).unref();
  return controller.signal;
}
