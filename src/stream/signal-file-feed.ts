import { BioxError } from "../errors.js";
import { type Feed, type FeedHandlers, idealLink, type LinkReport, now } from "./feed.js";
import { inPieces } from "./formats/pieces.js";
import type { FileBlock, SignalFile } from "./formats/signal-file.js";
import { MarkerPlayer } from "./marker-player.js";
import { play } from "./pace.js";

/** Plays the signals of an EDF, BDF or WFDB file at their rates, or faster. Its gaps last as long as they did; its samples that are marked
 * as invalid are lost; its annotations are markers. */
export class SignalFileFeed implements Feed {
  private blocks: AsyncGenerator<FileBlock, void, undefined> | undefined;
  private pace: { stop(): void } | undefined;
  private closed = false;
  private frames = 0;

  /** @param rate what the user gave as the rate; these files know theirs */
  constructor(
    private readonly path: string,
    private readonly openFile: (path: string) => Promise<SignalFile>,
    private readonly speed: number,
    private readonly rate?: number,
  ) {}

  async open(handlers: FeedHandlers): Promise<void> {
    if (this.rate !== undefined)
      throw new BioxError(
        "SOURCE_INVALID",
        `${this.path} knows its rate, but rate=${this.rate} was given.`,
        "Leave rate= out; speed= plays it faster or slower.",
      );
    const file = await this.openFile(this.path);
    if (this.closed) return;
    const streams = file.streams.map(({ name, channels, rate, first }, id) => ({
      ...{ id, name, rate, speed: this.speed, clock: "count" as const, next: first >>> 0 },
      channels: channels.map(({ name, unit, scale, offset }) => ({ name, unit, scale, offset })),
    }));
    handlers.message({ type: "hello", device: "replay", firmware: "", streams }, now(), now());
    for (const warning of file.warnings) handlers.warning(warning);
    this.blocks = inPieces(file);
    this.pace = play(this.speed, this.player(handlers, file, this.blocks));
  }

  async close(): Promise<void> {
    this.closed = true;
    this.pace?.stop();
    // Lets go of the file.
    await this.blocks?.return();
  }

  report(): LinkReport {
    return { ...idealLink(), state: this.closed ? "closed" : "open", frames: this.frames };
  }

  /** One step of the replay: hands over all blocks and markers that are due by then. */
  private player(handlers: FeedHandlers, file: SignalFile, blocks: AsyncIterator<FileBlock, void>) {
    const markers = new MarkerPlayer(handlers, file.markers, file.start);
    const ends = file.streams.map(({ first }, id) => ({ id, samples: first }));
    let waiting: FileBlock | undefined;
    return async (playedMs: number): Promise<boolean> => {
      for (;;) {
        if (!waiting) {
          const next = await blocks.next().catch((error: BioxError) => error);
          if (this.closed) return true;
          if (next instanceof Error) {
            handlers.end(next);
            return true;
          }
          if (next.done) {
            markers.play(Number.POSITIVE_INFINITY);
            this.end(handlers, ends);
            return true;
          }
          waiting = next.value;
        }
        const { stream, index, count, values } = waiting;
        const { rate } = file.streams[stream]!;
        const due = ((index + count) / rate) * 1000;
        markers.play(Math.min(due, playedMs));
        if (this.closed) return true;
        if (due > playedMs) return false;
        waiting = undefined;
        ends[stream]!.samples = index + count;
        // A piece of samples that are all missing has only its length.
        if (values.length > 0) this.hand(handlers, stream, rate, index, count, values);
        if (this.closed) return true;
      }
    };
  }

  private hand(
    handlers: FeedHandlers,
    stream: number,
    rate: number,
    index: number,
    count: number,
    values: Float64Array,
  ): void {
    this.frames++;
    const timeUs = Math.round((index / rate) * 1e6) >>> 0;
    const flags = { restarted: false, clipped: false, dropped: false };
    const at = now();
    handlers.message(
      { type: "samples", block: { stream, index: index >>> 0, timeUs, count, values, ...flags } },
      at,
      at,
    );
  }

  /** Samples that are missing at the very end are lost, too. */
  private end(handlers: FeedHandlers, streams: readonly { id: number; samples: number }[]): void {
    handlers.message({ type: "end", streams: [...streams] }, now(), now());
    handlers.end();
  }
}
