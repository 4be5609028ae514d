import { CobsFramer } from "../../framing/cobs-frame.js";
import { FRAME_MAX_BYTES, FRAME_VERSION, FrameFlag, FrameKind, HEADER_BYTES, readU32 } from "../../framing/frame.js";
import { emptyFramerStats } from "../../framing/types.js";
import { PrefixViews } from "../../framing/views.js";
import type { DeviceDecoder, DeviceMessage, LinkStats, SampleBlock } from "../types.js";
import { EarlyFrames } from "./early-frames.js";
import { parseEvent } from "./event.js";
import { type BioxStream, parseHello } from "./hello.js";
import { unpackMap } from "./messagepack.js";
import { formatBytes, readSamples } from "./samples.js";

type OnMessage = (message: DeviceMessage) => void;

/**
 * Decoder of the biox frame (firmware-bridge/README.md).
 *
 * Sample frames that come before a hello are kept, up to 64 KB, and delivered after it. The `next` of that hello is
 * then the number of the first kept sample, so that whoever counts losses sees numbers that only rise.
 */
export class BioxDecoder implements DeviceDecoder {
  readonly link: LinkStats = { ...emptyFramerStats(), undescribed: 0 };
  readonly #framer = new CobsFramer(this.link);
  readonly #streams = new Map<number, BioxStream>();
  readonly #early = new EarlyFrames();
  readonly #values = new Float64Array(FRAME_MAX_BYTES / 2);
  readonly #views = new PrefixViews(this.#values);
  readonly #block: SampleBlock = {
    stream: 0,
    index: 0,
    timeUs: 0,
    count: 0,
    values: this.#values,
    restarted: false,
    clipped: false,
    dropped: false,
  };
  readonly #samplesMessage: DeviceMessage = { type: "samples", block: this.#block };
  #onMessage: OnMessage = () => {};
  readonly #onFrame = (frame: Uint8Array): void => this.#takeFrame(frame);

  push(chunk: Uint8Array, onMessage: OnMessage): void {
    this.#onMessage = onMessage;
    this.#framer.push(chunk, this.#onFrame);
  }

  reset(): void {
    this.#framer.reset();
    this.link.undescribed = 0;
    this.#streams.clear();
    this.#early.clear();
  }

  #takeFrame(frame: Uint8Array): void {
    const kind = frame[0]! & 15;
    if (frame[0]! >> 4 !== FRAME_VERSION) this.link.undescribed++;
    else if (kind === FrameKind.samples) this.#takeSamples(frame);
    else this.#takeControl(kind, frame.subarray(HEADER_BYTES));
  }

  #takeSamples(frame: Uint8Array): void {
    const stream = this.#streams.get(frame[1]!);
    if (stream !== undefined) this.#deliver(frame, stream);
    else if (this.#streams.size > 0 || !this.#early.add(frame)) this.link.undescribed++;
  }

  #deliver(frame: Uint8Array, stream: BioxStream): void {
    const count = frame[2]!;
    const values = count * stream.channels.length;
    if (count === 0 || frame.length - HEADER_BYTES !== values * formatBytes(stream.format)) {
      this.link.undescribed++;
      return;
    }
    const block = this.#block;
    block.stream = stream.id;
    block.index = readU32(frame, 4);
    block.timeUs = readU32(frame, 8);
    block.count = count;
    const flags = frame[3]!;
    block.restarted = (flags & FrameFlag.restarted) !== 0;
    block.clipped = (flags & FrameFlag.clipped) !== 0;
    block.dropped = (flags & FrameFlag.dropped) !== 0;
    readSamples(frame, HEADER_BYTES, count, stream.format, stream.channels, this.#values);
    block.values = this.#views.prefix(values);
    this.#onMessage(this.#samplesMessage);
  }

  #takeControl(kind: number, payload: Uint8Array): void {
    const data = unpackMap(payload);
    if (data !== undefined && kind === FrameKind.hello) this.#takeHello(data);
    else if (data !== undefined && kind === FrameKind.event) this.#onMessage(parseEvent(data));
    else if (data !== undefined && kind === FrameKind.status) this.#onMessage({ type: "status", data });
    else if (data !== undefined && kind === FrameKind.reply) this.#onMessage({ type: "reply", data });
    else this.link.undescribed++;
  }

  #takeHello(data: Record<string, unknown>): void {
    const hello = parseHello(data);
    if (hello === undefined) {
      this.link.undescribed++;
      return;
    }
    this.#streams.clear();
    for (const stream of hello.streams) this.#streams.set(stream.id, stream);
    const early = this.#early.take();
    const streams = hello.streams.map(({ format: _, ...descriptor }) => {
      const first = early.find((frame) => frame[1] === descriptor.id);
      return first === undefined ? descriptor : { ...descriptor, next: readU32(first, 4) };
    });
    this.#onMessage({ type: "hello", device: hello.device, firmware: hello.firmware, streams });
    for (const frame of early) this.#takeSamples(frame);
  }
}
