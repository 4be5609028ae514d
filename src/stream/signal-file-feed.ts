import { BioxError } from "../errors.js";
import { type Feed, type FeedHandlers, idealLink, type LinkReport, now } from "./feed.js";
import type { FileBlock, SignalFile } from "./formats/signal-file.js";
import { play } from "./pace.js";

/** Signal time of one block, as a wearable would send it. */
const BLOCK_S = 0.04;

/** Plays the signals of an EDF, BDF or WFDB file at their rates, or faster. Its gaps last as long as they did; its samples that are marked
 * as invalid are lost. */
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
    const streams = file.streams.map(({ name, channels, rate }, id) => ({
      ...{ id, name, rate, speed: this.speed, clock: "count" as const, next: 0 },
      channels: channels.map(({ name, unit, scale, offset }) => ({ name, unit, scale, offset })),
    }));
    handlers.message({ type: "hello", device: "replay", firmware: "", streams }, now(), now());
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

  /** One step of the replay: hands over all blocks that are due by then. */
  private player(handlers: FeedHandlers, { streams }: SignalFile, blocks: AsyncIterator<FileBlock, void>) {
    let waiting: FileBlock | undefined;
    return async (playedMs: number): Promise<boolean> => {
      for (;;) {
        if (!waiting) {
          const next = await blocks.next().catch((error: BioxError) => error);
          if (this.closed) return true;
          if (next instanceof Error || next.done) {
            handlers.end(next instanceof Error ? next : undefined);
            return true;
          }
          waiting = next.value;
        }
        const { stream, index, count, values } = waiting;
        const { rate } = streams[stream]!;
        if (((index + count) / rate) * 1000 > playedMs) return false;
        waiting = undefined;
        this.frames++;
        const timeUs = Math.round((index / rate) * 1e6) >>> 0;
        const flags = { restarted: false, clipped: false, dropped: false };
        const at = now();
        handlers.message(
          { type: "samples", block: { stream, index: index >>> 0, timeUs, count, values, ...flags } },
          at,
          at,
        );
        if (this.closed) return true;
      }
    };
  }
}

/** Blocks as short as a wearable sends them: a file's may be seconds long, and would come late all at once. Streams keep the order of time. */
async function* inPieces(file: SignalFile): AsyncGenerator<FileBlock, void, undefined> {
  let together: FileBlock[] = [];
  for await (const block of file.blocks()) {
    if (together.length > 0 && block.stream <= together.at(-1)!.stream) {
      yield* cut(file, together);
      together = [];
    }
    together.push(block);
  }
  yield* cut(file, together);
}

function cut({ streams }: SignalFile, blocks: readonly FileBlock[]): FileBlock[] {
  const pieces: { due: number; piece: FileBlock }[] = [];
  for (const { stream, index, count, values } of blocks) {
    const { rate, channels } = streams[stream]!;
    const size = Math.max(1, Math.round(rate * BLOCK_S));
    for (let from = 0; from < count; from += size) {
      const n = Math.min(size, count - from);
      const part = values.subarray(from * channels.length, (from + n) * channels.length);
      pieces.push({ due: (index + from + n) / rate, piece: { stream, index: index + from, count: n, values: part } });
    }
  }
  return pieces.sort((a, b) => a.due - b.due).map(({ piece }) => piece);
}
