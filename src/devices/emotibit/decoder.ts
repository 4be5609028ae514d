import { emptyFramerStats } from "../../framing/types.js";
import { printableLine } from "../printable.js";
import type { DeviceDecoder, DeviceMessage, LinkStats, StreamDescriptor } from "../types.js";
import { type EmotiBitPacket, parseNumbers, parsePacket } from "./packet.js";
import { MOST_VALUES, Series } from "./series.js";
import { SeriesPacket } from "./series-packet.js";
import { emotiBitStreams, isSeries } from "./streams.js";

type OnMessage = (message: DeviceMessage) => void;

/** Longest line that is kept. */
const LINE_BYTES = 4096;
const NEWLINE = 10;
/** Packets of all tags are sent within some tenths of a second: a stamp further off is damaged, or the board began anew. */
const MOST_APART_MS = 3000;
/** Within those tenths a stamp may be before another; one that is further back is of a board that began anew soon after it had begun. */
const MOST_BACK_MS = 1000;

/** Tags of values that come when there is one, as events: name and key. */
const EVENTS = new Map([
  ["HR", ["heartRate", "bpm"]],
  ["BI", ["interBeatInterval", "ms"]],
  ["SA", ["skinResponseAmplitude", "uS"]],
  ["SR", ["skinResponseRise", "s"]],
  ["SF", ["skinResponseFrequency", "perMinute"]],
] as const);
const BATTERY = new Map([
  ["BV", "batteryVolts"],
  ["B%", "batteryPercent"],
]);

/**
 * Decoder of EmotiBit's packets, one a line. Lines that do not begin with a digit are the firmware's console text and are
 * passed over. There is no check sum, but a line must have as many values as it says, all of them numbers, and a time
 * stamp near the others'.
 */
export class EmotiBitDecoder implements DeviceDecoder {
  readonly link: LinkStats = { ...emptyFramerStats(), undescribed: 0 };
  readonly #streams: StreamDescriptor[];
  readonly #series: Map<string, Series>;
  readonly #line = Buffer.alloc(LINE_BYTES);
  readonly #packet: SeriesPacket;
  #length = 0;
  #greeted = false;
  #inError = false;
  /** Time stamp of the last packet that was believed, and of one that was not. */
  #now: number | undefined;
  #doubted: number | undefined;

  /** @param tags series to deliver; packets of others are counted as `undescribed` */
  constructor(tags: readonly string[], ppgRate: number) {
    this.#streams = emotiBitStreams(tags, ppgRate);
    this.#packet = new SeriesPacket(tags);
    this.#series = new Map(tags.map((tag, id) => [tag, new Series(this.#streams[id]!)]));
  }

  push(chunk: Uint8Array, onMessage: OnMessage): void {
    this.link.bytes += chunk.length;
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i]!;
      if (byte !== NEWLINE) {
        if (this.#length < LINE_BYTES) this.#line[this.#length] = byte;
        // Counted at once: the end of a line that never ends would not come.
        else if (this.#length === LINE_BYTES) this.#noteError("oversize");
        this.#length++;
        continue;
      }
      const length = this.#length;
      this.#length = 0;
      if (length > 0 && length <= LINE_BYTES) this.#takeLine(length, onMessage);
    }
  }

  reset(): void {
    Object.assign(this.link, emptyFramerStats(), { undescribed: 0 });
    for (const series of this.#series.values()) series.reset();
    this.#length = 0;
    this.#greeted = this.#inError = false;
    this.#now = this.#doubted = undefined;
  }

  #noteError(kind: "oversize" | "framingErrors"): void {
    this.link[kind]++;
    this.#inError = true;
  }

  #takeLine(length: number, onMessage: OnMessage): void {
    const packet = this.#packet;
    if (!packet.read(this.#line, 0, length)) {
      this.#takeText(this.#line.toString("latin1", 0, length).trimEnd(), onMessage);
      return;
    }
    if (this.#accepts(packet.timestamp)) this.#takeSeries(onMessage);
  }

  /** Takes a line that is no packet of a series, or one that is written otherwise than the firmware does. */
  #takeText(line: string, onMessage: OnMessage): void {
    if (!/^\d/.test(line)) return;
    const packet = parsePacket(line);
    const series = packet && this.#series.get(packet.tag);
    const numbers = series && parseNumbers(packet.payload);
    const isWhole = series ? numbers !== undefined && numbers.length > 0 && numbers.length <= MOST_VALUES : packet;
    if (packet === undefined || !isWhole) {
      this.#noteError("framingErrors");
      return;
    }
    if (!this.#accepts(packet.timestamp)) return;
    if (series === undefined) {
      if (isSeries(packet.tag)) this.link.undescribed++;
      else this.#takeOther(packet, onMessage);
      return;
    }
    this.#packet.set(packet.timestamp, packet.tag, numbers!);
    this.#takeSeries(onMessage);
  }

  /** Counts a packet that is whole; false where its time stamp is not believed. */
  #accepts(timestamp: number): boolean {
    if (!this.#believes(timestamp)) {
      this.#noteError("framingErrors");
      return false;
    }
    this.link.frames++;
    if (this.#inError) this.link.resyncs++;
    this.#inError = false;
    return true;
  }

  #takeSeries(onMessage: OnMessage): void {
    if (!this.#greeted) onMessage({ type: "hello", device: "EmotiBit", firmware: "", streams: this.#streams });
    this.#greeted = true;
    const { timestamp, tag, values, count } = this.#packet;
    this.#series.get(tag)!.take(timestamp, values, count, onMessage);
  }

  /** A stamp far from the last one, or before it, is believed when the packet behind it agrees: a silence, or a restart. */
  #believes(timestamp: number): boolean {
    const near = (other: number): boolean => Math.abs(timestamp - other) <= MOST_APART_MS;
    if (this.#now !== undefined && (!near(this.#now) || timestamp < this.#now - MOST_BACK_MS)) {
      const agreed = this.#doubted !== undefined && near(this.#doubted);
      this.#doubted = timestamp;
      if (!agreed) return false;
      if (timestamp < this.#now) for (const series of this.#series.values()) series.noteRestart();
    }
    this.#doubted = undefined;
    this.#now = timestamp;
    return true;
  }

  #takeOther({ tag, payload, protocol }: EmotiBitPacket, onMessage: OnMessage): void {
    if (tag === "DC" || tag === "DO") {
      // Version 2 names each tag once, with how often; before, it is repeated.
      const tags = new Set(protocol >= 2 ? payload.filter((_, i) => i % 2 === 0) : payload);
      for (const name of tags) {
        if (tag === "DC") this.#series.get(name)?.noteClipped();
        else this.#series.get(name)?.noteDropped();
      }
      const data = { tags: Array.from(tags, printableLine) };
      onMessage({ type: "event", name: tag === "DC" ? "clipping" : "overflow", data });
      return;
    }
    const numbers = parseNumbers(payload);
    const event = EVENTS.get(tag as "HR");
    const battery = BATTERY.get(tag);
    if (event && numbers)
      for (const value of numbers) onMessage({ type: "event", name: event[0], data: { [event[1]]: value } });
    else if (battery && numbers?.length === 1) onMessage({ type: "status", data: { [battery]: numbers[0] } });
    else if (tag === "RS") onMessage({ type: "event", name: "reset", data: {} });
    else onMessage({ type: "status", data: { [tag]: payload.map(printableLine) } });
  }
}
