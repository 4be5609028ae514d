import type { Bundle } from "../../bundle/index.js";
import { openSource, type Source, startEmulator } from "../../index.js";

/** What the emulator can play. */
const RATES = { least: 10, most: 4000 };

/** A simulated wearable on a pseudo-terminal of its own, read by the real serial port code. */
export interface Wearable {
  readonly source: Source;
  close(): Promise<void>;
}

/**
 * Starts a wearable with a bundle's channels and, as far as the emulator can, its rate.
 *
 * @param speed device seconds a second
 * @param onChunk told of every piece of bytes as it comes
 */
export async function startWearable(
  bundle: Bundle,
  speed: number,
  options: { seed?: number; onChunk?: (bytes: Uint8Array, arrival: number) => void; signal?: AbortSignal } = {},
): Promise<Wearable> {
  const { manifest } = bundle;
  const { channels } = manifest.new;
  const rate = Math.min(RATES.most, Math.max(RATES.least, manifest.new.rate));
  const emulator = await startEmulator({
    channels,
    rate,
    speed,
    ...(options.seed === undefined ? {} : { seed: options.seed }),
  });
  const stop = async (): Promise<void> => {
    emulator.stop();
    await emulator.sent.catch(() => {});
  };
  try {
    const { onChunk, signal } = options;
    const source = await openSource(`serial:${emulator.path}?device=biox&channel=${channels.join(",")}`, {
      history: 3 * manifest.window.seconds,
      ...(onChunk ? { onChunk } : {}),
      ...(signal ? { signal } : {}),
    });
    // Its end comes before the emulator's, or the terminal would count as unplugged.
    return { source, close: () => source.close().then(stop) };
  } catch (error) {
    await stop();
    throw error;
  }
}
