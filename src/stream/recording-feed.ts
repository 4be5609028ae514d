import { findDevice } from "../devices/registry.js";
import type { DeviceDecoder } from "../devices/types.js";
import { type Feed, type FeedHandlers, idealLink, type LinkReport, now } from "./feed.js";
import { play } from "./pace.js";
import { readRecording } from "./recording.js";

/** Plays a recording of a link: the same bytes in the same pieces through the same decoder, with the arrival times of then. */
export class RecordingFeed implements Feed {
  private decoder: DeviceDecoder | undefined;
  private pace: { stop(): void } | undefined;
  private closed = false;

  constructor(
    private readonly path: string,
    private readonly speed: number,
  ) {}

  async open(handlers: FeedHandlers): Promise<void> {
    const { header, arrivals, chunks } = await readRecording(this.path);
    const decoder = findDevice(header.device).createDecoder();
    this.decoder = decoder;
    const start = arrivals[0] ?? header.started;
    let next = 0;
    this.pace = play(this.speed, (playedMs) => {
      while (!this.closed && next < chunks.length && arrivals[next]! - start <= playedMs) {
        const arrival = arrivals[next]!;
        const received = now();
        decoder.push(chunks[next++]!, (message) => handlers.message(message, arrival, received));
      }
      if (!this.closed && next === chunks.length) handlers.end();
      return this.closed || next === chunks.length;
    });
  }

  async close(): Promise<void> {
    this.closed = true;
    this.pace?.stop();
  }

  report(): LinkReport {
    return { ...idealLink(), ...this.decoder?.link, state: this.closed ? "closed" : "open" };
  }
}
