import { findDevice } from "../../devices/index.js";
import { type Feed, type FeedHandlers, idealLink, type LinkReport } from "../../stream/feed.js";
import { Source } from "../../stream/source.js";
import type { Phase } from "./phase.js";
import { LatencySeries } from "./series.js";

/** Bytes that are pushed by hand in place of a port. */
class ChunkFeed implements Feed {
  private handlers: FeedHandlers | undefined;
  private readonly decoder = findDevice("biox").createDecoder();

  async open(handlers: FeedHandlers): Promise<void> {
    this.handlers = handlers;
  }

  async close(): Promise<void> {}

  report(): LinkReport {
    return idealLink();
  }

  push(chunk: Uint8Array): void {
    this.decoder.push(chunk, (message) => this.handlers!.message(message, 0, 0));
  }
}

/**
 * How long the main thread takes to receive one hop's bytes: framing, decoding, timeline and ring, the same code as in a run, fed with
 * bytes that a wearable has sent before. Reading the port itself is not in it.
 *
 * @param chunks the wire from its beginning
 * @param hop seconds of signal
 * @returns an empty series where the bytes hold less than one hop
 */
export async function receive(
  chunks: readonly Uint8Array[],
  rate: number,
  hop: number,
  startPhase: () => Phase,
): Promise<LatencySeries> {
  const series = new LatencySeries();
  const samples = Math.max(1, Math.round(hop * rate));
  let phase: Phase | undefined;
  for (let round = 0; phase === undefined || phase.goesOn(series.count); round++) {
    const before = series.count;
    const feed = new ChunkFeed();
    const source = new Source("bench:", { kind: "sim", options: {}, channels: undefined }, feed, hop);
    const described = source.start(5000, undefined);
    // Opening is a promise even here: handlers are in place a turn later.
    await Promise.resolve();
    let next = samples;
    let ms = 0;
    for (const chunk of chunks) {
      const begin = performance.now();
      feed.push(chunk);
      ms += performance.now() - begin;
      if (source.stats.samples < next) continue;
      // The first round warms up.
      if (round > 0) series.add(ms);
      next = source.stats.samples + samples;
      ms = 0;
    }
    await source.close();
    await described.catch(() => {});
    if (round > 0 && series.count === before) break;
    if (round > 0) phase ??= startPhase();
  }
  return series;
}
