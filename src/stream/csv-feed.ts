import type { SampleBlock } from "../devices/types.js";
import { BioxError } from "../errors.js";
import { readPlayedCsv } from "./csv.js";
import { type Feed, type FeedHandlers, idealLink, type LinkReport, now } from "./feed.js";
import { readMarkers } from "./formats/marker-csv.js";
import { MarkerPlayer } from "./marker-player.js";
import { play } from "./pace.js";

/** Signal time of one block, as a wearable would send it. */
const BLOCK_S = 0.04;

/** Plays columns of a CSV file at their rate, or faster. */
export class CsvFeed implements Feed {
  private pace: { stop(): void } | undefined;
  private closed = false;
  private frames = 0;
  private readonly loading = new AbortController();

  constructor(
    private readonly path: string,
    private readonly channels: readonly string[] | undefined,
    private readonly rate: number | undefined,
    private readonly speed: number,
  ) {}

  async open(handlers: FeedHandlers): Promise<void> {
    const { rate, channels, speed } = this;
    if (rate === undefined)
      throw new BioxError(
        "SOURCE_INVALID",
        `The rate of ${this.path} is not known.`,
        "Add its samples per second: replay:FILE?channel=ppg&rate=125.",
      );
    if (!channels)
      throw new BioxError(
        "SOURCE_INVALID",
        `The column of ${this.path} to play is not named.`,
        "Add it: replay:FILE?channel=ppg&rate=125.",
      );
    const table = await readPlayedCsv(this.path, channels, this.loading.signal);
    const { markers, warnings } = table.times
      ? await readMarkers(this.path, table.times, rate)
      : { markers: [], warnings: [] };
    if (this.closed) return;
    const columns = table.values;
    const total = columns[0]!.length;
    handlers.message(
      {
        type: "hello",
        device: "replay",
        firmware: "",
        streams: [
          {
            id: 0,
            name: "replay",
            channels: channels.map((name) => ({ name, unit: "", scale: 1, offset: 0 })),
            rate,
            speed,
            clock: "count",
            next: 0,
          },
        ],
      },
      now(),
      now(),
    );
    for (const warning of [...table.warnings, ...warnings]) handlers.warning(warning);
    const marks = new MarkerPlayer(handlers, markers, table.times?.[0]);
    const size = Math.max(1, Math.round(rate * BLOCK_S));
    const values = new Float64Array(size * channels.length);
    let sent = 0;
    this.pace = play(speed, (playedMs) => {
      marks.play(playedMs);
      const due = Math.min(total, Math.floor((playedMs / 1000) * rate));
      while (!this.closed && sent < due && (due - sent >= size || due === total)) {
        const there = isThere(columns, sent);
        let count = 1;
        while (count < Math.min(size, due - sent) && isThere(columns, sent + count) === there) count++;
        for (let i = 0; i < count; i++)
          for (let c = 0; c < columns.length; c++) values[i * columns.length + c] = columns[c]![sent + i]!;
        const at = now();
        // Samples that are left out are counted as lost by the number of the next one.
        if (there) {
          handlers.message({ type: "samples", block: block(values, sent, count, rate) }, at, at);
          this.frames++;
        }
        sent += count;
      }
      if (!this.closed && sent === total) {
        marks.play(Number.POSITIVE_INFINITY);
        handlers.message({ type: "end", streams: [{ id: 0, samples: total }] }, now(), now());
        handlers.end();
      }
      return this.closed || sent === total;
    });
  }

  async close(): Promise<void> {
    this.closed = true;
    this.loading.abort();
    this.pace?.stop();
  }

  report(): LinkReport {
    return { ...idealLink(), state: this.closed ? "closed" : "open", frames: this.frames };
  }
}

function block(values: Float64Array, index: number, count: number, rate: number): SampleBlock {
  const timeUs = Math.round((index / rate) * 1e6) >>> 0;
  return { stream: 0, index, timeUs, count, values, restarted: false, clipped: false, dropped: false };
}

function isThere(columns: readonly Float64Array[], row: number): boolean {
  return columns.every((column) => Number.isFinite(column[row]!));
}
