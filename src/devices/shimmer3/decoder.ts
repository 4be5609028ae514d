import { SlidingFramer } from "../../framing/sliding.js";
import { emptyFramerStats } from "../../framing/types.js";
import { timedStream } from "../describe.js";
import { SampleOutput } from "../sample-output.js";
import type { DeviceDecoder, DeviceMessage, LinkStats } from "../types.js";
import { type Answer, Answers } from "./answers.js";
import { type ChannelSettings, describeChannel, readRaw, type ShimmerChannel, shimmerChannel } from "./channels.js";
import type { CrcBytes } from "./crc.js";
import { skinConductance } from "./gsr.js";
import { type ShimmerLayout, shimmerRule, TICKS_PER_SECOND, ticksAt, ticksBetween, VALUES_AT } from "./layout.js";

type OnMessage = (message: DeviceMessage) => void;

const ADC_MAX = 4095;
const STREAM = 0;

export interface ShimmerSettings extends ChannelSettings {
  crc: CrcBytes;
  /** What the packets hold as long as no inquiry has been answered; undefined to wait for one. */
  assumed: { divider: number; ids: number[] } | undefined;
}

/**
 * Decoder of the Shimmer3 with LogAndStream firmware. What the packets hold is only known from the answer to an inquiry;
 * until it has come nothing is decoded, unless the settings say what to assume.
 *
 * Losses are counted by the time stamps. They wrap each 512 s, so a silence longer than that is counted modulo 512 s.
 */
export class ShimmerDecoder implements DeviceDecoder {
  readonly link: LinkStats = { ...emptyFramerStats(), undescribed: 0 };
  readonly #settings: ShimmerSettings;
  readonly #answers = new Answers((answer) => this.#takeAnswer(answer));
  readonly #onFrame = (bytes: Uint8Array, at: number): void => this.#takePacket(bytes, at);
  #onMessage: OnMessage = () => {};
  #layout: ShimmerLayout | undefined;
  #framer: SlidingFramer | undefined;
  #sample: SampleOutput | undefined;
  /** The inquiry that was answered last, to tell a repeated answer from a new one. */
  #ids = "";
  #greeted = false;
  #noise = false;
  #n = -1;
  #stamp = 0;
  /** Ticks since the first packet, plus its time stamp. */
  #ticks = 0;

  constructor(settings: ShimmerSettings) {
    this.#settings = settings;
    this.#assume();
  }

  push(chunk: Uint8Array, onMessage: OnMessage): void {
    this.#onMessage = onMessage;
    let at = 0;
    for (; at < chunk.length && this.#framer === undefined; at++)
      if (this.#answers.take(chunk[at]!)) this.#noise = false;
      else this.#countNoise();
    this.link.bytes += at;
    if (at < chunk.length) this.#framer?.push(chunk.subarray(at), this.#onFrame);
  }

  reset(): void {
    Object.assign(this.link, emptyFramerStats(), { undescribed: 0 });
    this.#answers.reset();
    this.#framer = this.#layout = undefined;
    this.#ids = "";
    this.#greeted = this.#noise = false;
    this.#assume();
  }

  /** A run of bytes that are no answer, while packets cannot be read. */
  #countNoise(): void {
    if (!this.#noise) this.link.framingErrors++;
    this.#noise = true;
  }

  #takeAnswer(answer: Answer): void {
    if (answer.type === "firmware") this.#onMessage({ type: "reply", data: { firmware: answer.firmware } });
    else this.#takeInquiry(answer.divider, answer.ids);
  }

  #takeInquiry(divider: number, ids: number[]): void {
    const inquiry = `${divider}:${ids}`;
    if (inquiry === this.#ids) return;
    this.#ids = inquiry;
    const layout = this.#layoutOf(divider, ids);
    if (layout === undefined) return;
    this.#use(layout);
    this.#greet();
  }

  /** Described only when packets come that fit: they are not known to. */
  #assume(): void {
    const { assumed } = this.#settings;
    const layout = assumed && this.#layoutOf(assumed.divider, assumed.ids);
    if (layout) this.#use(layout);
  }

  #layoutOf(divider: number, ids: readonly number[]): ShimmerLayout | undefined {
    const channels = ids.map((id) => shimmerChannel(id, this.#settings));
    const unknown = ids.filter((_, c) => channels[c] === undefined);
    const known = channels.filter((channel) => channel !== undefined);
    const names = new Set(known.map((channel) => channel.name));
    if (unknown.length > 0 || names.size < ids.length) {
      // Widths are not on the wire: behind a channel of unknown width nothing can be read.
      const hex = unknown.map((id) => id.toString(16).padStart(2, "0"));
      const reason = unknown.length > 0 ? "unknown channel ids" : "a channel comes twice";
      this.#onMessage({ type: "status", data: { refused: reason, ids: unknown.length > 0 ? hex : ids } });
      return undefined;
    }
    return { divider, channels: known, crc: this.#settings.crc };
  }

  #use(layout: ShimmerLayout): void {
    this.#layout = layout;
    this.#framer = new SlidingFramer(shimmerRule(layout), this.link, (byte) => this.#answers.take(byte));
    const rate = TICKS_PER_SECOND / layout.divider;
    this.#sample = new SampleOutput(timedStream(STREAM, "shimmer", rate, layout.channels.map(describeChannel)));
    this.#n = -1;
  }

  #greet(): void {
    this.#greeted = true;
    this.#onMessage({ type: "hello", device: "Shimmer3", firmware: "", streams: [this.#sample!.descriptor] });
  }

  #takePacket(bytes: Uint8Array, packet: number): void {
    if (!this.#greeted) this.#greet();
    const { divider, channels } = this.#layout!;
    const stamp = ticksAt(bytes, packet);
    if (this.#n < 0) {
      this.#n = 0;
      this.#ticks = stamp;
    } else {
      const passed = ticksBetween(this.#stamp, stamp);
      this.#n += Math.max(1, Math.round(passed / divider));
      this.#ticks += passed;
    }
    this.#stamp = stamp;
    const sample = this.#sample!;
    let at = packet + VALUES_AT;
    let clipped = false;
    for (let c = 0; c < channels.length; c++) {
      const channel = channels[c]!;
      const raw = readRaw(bytes, at, channel);
      at += channel.bytes;
      clipped ||= isAtEnd(raw, channel);
      sample.values[c] = channel.unit === "uS" ? skinConductance(raw) : raw;
    }
    sample.block.clipped = clipped;
    sample.deliver(this.#n, this.#onMessage, (this.#ticks * 1e6) / TICKS_PER_SECOND);
  }
}

function isAtEnd(raw: number, channel: ShimmerChannel): boolean {
  return channel.adc && (raw === 0 || raw >= ADC_MAX);
}
