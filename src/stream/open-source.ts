import { invalidArgument } from "../errors.js";
import { createFeed } from "./create-feed.js";
import type { PortFinder } from "./port-finder.js";
import { Source } from "./source.js";
import { parseSource } from "./source-uri.js";

/** How long a device may take to say who it is. */
const HELLO_TIMEOUT_MS = 5000;
/** Signal seconds that the ring keeps. */
const HISTORY_S = 180;
/** Bounds of what a caller may ask for: a day, and ten minutes. */
const LONGEST_HISTORY_S = 86_400;
const LONGEST_HELLO_MS = 600_000;

export interface SourceOptions {
  /** Seconds of signal to keep for reading; at least three windows of the model. Default 180. */
  history?: number;
  signal?: AbortSignal;
  /** ms that a device may take to describe itself. Default 5000. */
  helloTimeout?: number;
  /** Told of every piece of bytes as it came (of links that have bytes), from the first one on, with its arrival in epoch ms. */
  onChunk?: (bytes: Uint8Array, arrival: number) => void;
  /** Handed the source before anything is read from it: who listens from here on misses no event. */
  onSource?: (source: Source) => void;
  /** How a serial port is found again after it was lost; by default where it was, twice a second. */
  finder?: PortFinder;
}

/**
 * Opens a source of samples.
 *
 * @param uri `serial:/dev/ttyUSB0?device=biox`, `replay:FILE?channel=ppg1&rate=125`, `sim:?hr=72`; see docs/cli.md
 * @throws BioxError SOURCE_INVALID, PORT_*, DEVICE_*, FILE_*, CHANNEL_MISSING, EMULATOR_FAILED
 */
export async function openSource(uri: string, options: SourceOptions = {}): Promise<Source> {
  const { signal, history = HISTORY_S, helloTimeout = HELLO_TIMEOUT_MS } = options;
  if (!(history > 0 && history <= LONGEST_HISTORY_S))
    throw invalidArgument("history", "a number of seconds above 0 and at most a day", history);
  if (!(helloTimeout > 0 && helloTimeout <= LONGEST_HELLO_MS))
    throw invalidArgument("helloTimeout", "a number of ms above 0 and at most ten minutes", helloTimeout);
  signal?.throwIfAborted();
  const spec = parseSource(uri);
  const source = new Source(uri, spec, await createFeed(spec, options.finder), Math.max(history, HISTORY_S));
  signal?.throwIfAborted();
  options.onSource?.(source);
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      // Nobody waits for what is still opening: it closes itself when it gets there.
      void source.close();
      reject(signal?.reason);
    };
    signal?.addEventListener("abort", abort, { once: true });
    source.once("end", () => signal?.removeEventListener("abort", abort));
    source.start(helloTimeout, options.onChunk).then(
      () => resolve(source),
      (error) => void source.close().finally(() => reject(error)),
    );
  });
}
