import { type FeedHandlers, now } from "./feed.js";
import type { FileMarker } from "./formats/signal-file.js";

/** Tells of the markers of a file as a replay reaches them: as events, like those of a recording. */
export class MarkerPlayer {
  private next = 0;

  /**
   * @param markers in the order of their time
   * @param start epoch ms at which the file starts, where it says so
   */
  constructor(
    private readonly handlers: FeedHandlers,
    private readonly markers: readonly FileMarker[],
    private readonly start: number | undefined,
  ) {}

  /** Tells of those up to a time since the start of the file, ms. */
  play(untilMs: number): void {
    for (; this.next < this.markers.length; this.next++) {
      const { seconds, duration, name } = this.markers[this.next]!;
      if (seconds * 1000 > untilMs) return;
      const at = this.start === undefined ? {} : { at: this.start + seconds * 1000 };
      const lasts = duration === undefined ? {} : { duration };
      const data = { ...at, seconds, ...lasts, name, by: "file" };
      this.handlers.message({ type: "event", name: "marker", data }, now(), now());
    }
  }
}
