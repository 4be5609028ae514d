import { findDevice } from "../devices/registry.js";
import type { DeviceDecoder } from "../devices/types.js";
import { BioxError } from "../errors.js";
import { type Feed, type FeedHandlers, idealLink, type LinkReport, now } from "./feed.js";
import { play } from "./pace.js";
import { type RecordedItem, readRecording } from "./recording.js";

/** Plays a recording of a link: the same bytes in the same pieces through the same decoder, with the arrival times of then. */
export class RecordingFeed implements Feed {
  private decoder: DeviceDecoder | undefined;
  private items: AsyncGenerator<RecordedItem, void, undefined> | undefined;
  private pace: { stop(): void } | undefined;
  private described = false;
  private closed = false;

  /** @param rate what the user gave as the rate; a recording takes none, since its device has told its own */
  constructor(
    private readonly path: string,
    private readonly speed: number,
    private readonly rate?: number,
  ) {}

  async open(handlers: FeedHandlers): Promise<void> {
    if (this.rate !== undefined)
      throw new BioxError(
        "SOURCE_INVALID",
        `${this.path} is a recording, which knows its rate, but rate=${this.rate} was given.`,
        "Leave rate= out; speed= plays it faster or slower.",
      );
    const recording = await readRecording(this.path);
    const { device, options } = recording.header;
    const decoder = findDevice(device).createDecoder(options);
    if (this.closed) return;
    this.decoder = decoder;
    this.items = recording.items();
    this.pace = play(this.speed, this.player(handlers, decoder, this.items));
  }

  async close(): Promise<void> {
    this.closed = true;
    this.pace?.stop();
    // Lets go of the file.
    await this.items?.return();
  }

  report(): LinkReport {
    return { ...idealLink(), ...this.decoder?.link, state: this.closed ? "closed" : "open" };
  }

  /** One step of the replay: hands over all pieces that are due by then. */
  private player(handlers: FeedHandlers, decoder: DeviceDecoder, items: AsyncIterator<RecordedItem, void>) {
    let start: number | undefined;
    let waiting: RecordedItem | undefined;
    return async (playedMs: number): Promise<boolean> => {
      for (;;) {
        if (!waiting) {
          const next = await items.next().catch((error: BioxError) => error);
          if (this.closed) return true;
          if (next instanceof Error || next.done) {
            handlers.end(next instanceof Error ? next : this.unsaid());
            return true;
          }
          waiting = next.value;
        }
        const { arrival } = waiting;
        start ??= arrival;
        if (arrival - start > playedMs) return false;
        const item = waiting;
        waiting = undefined;
        const received = now();
        // What the device itself has reported comes out of its bytes again.
        if (item.type === "marker" && item.marker.by !== "device")
          handlers.message({ type: "event", name: "marker", data: { ...item.marker } }, arrival, received);
        if (item.type !== "bytes") continue;
        decoder.push(item.bytes, (message) => {
          if (this.closed) return;
          this.described ||= message.type === "hello";
          handlers.message(message, arrival, received);
        });
      }
    };
  }

  /** What is wrong at the end of a recording, if anything. */
  private unsaid(): BioxError | undefined {
    if (this.described) return undefined;
    return new BioxError(
      "FILE_INVALID",
      `${this.path} ends before the device described itself: nothing of it can be replayed.`,
      "Record it again with 'biox record', for longer.",
    );
  }
}
