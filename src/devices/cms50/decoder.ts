import { type FrameRule, SlidingFramer } from "../../framing/sliding.js";
import { emptyFramerStats } from "../../framing/types.js";
import { Flags } from "../flags.js";
import { SampleOutput } from "../sample-output.js";
import type { DeviceDecoder, DeviceMessage, LinkStats, StreamDescriptor } from "../types.js";
import { CMS50_STATES, type Reading } from "./reading.js";

type OnMessage = (message: DeviceMessage) => void;

/** One of the two frames: how it is told from noise, how it is read, and what it carries. */
export interface Cms50Frame {
  device: string;
  rule: FrameRule;
  read(bytes: Uint8Array, at: number, into: Reading): void;
  streams: readonly StreamDescriptor[];
}

/**
 * Decoder of both frames of Contec fingertip oximeters. There is no counter on the wire, but every frame has the same
 * length: as many samples are counted as lost as whole frames fit, rounded, into the bytes that were skipped, if not more than came.
 */
export class Cms50Decoder implements DeviceDecoder {
  readonly link: LinkStats = { ...emptyFramerStats(), undescribed: 0 };
  readonly #frame: Cms50Frame;
  readonly #framer: SlidingFramer;
  readonly #outputs: SampleOutput[];
  readonly #flags = new Flags("state", CMS50_STATES);
  readonly #reading: Reading = { pleth: 0, spo2: 0, pulseRate: 0, perfusion: 0, state: 0 };
  #next = 0;
  #greeted = false;
  #onMessage: OnMessage = () => {};

  constructor(frame: Cms50Frame) {
    this.#frame = frame;
    this.#framer = new SlidingFramer(frame.rule, this.link);
    this.#outputs = frame.streams.map((stream) => new SampleOutput(stream));
  }

  push(chunk: Uint8Array, onMessage: OnMessage): void {
    this.#onMessage = onMessage;
    this.#framer.push(chunk, this.#takeFrame);
  }

  reset(): void {
    this.#framer.reset();
    this.#flags.reset();
    this.#next = 0;
    this.#greeted = false;
  }

  readonly #takeFrame = (bytes: Uint8Array, at: number, length: number, skipped: number): void => {
    const reading = this.#reading;
    this.#frame.read(bytes, at, reading);
    if (this.#greeted) this.#next += this.#lost(Math.round(skipped / length));
    else this.#greet();
    const index = this.#next++;
    this.#flags.take(reading.state, index, this.#onMessage);
    this.#deliver(0, reading.pleth, index);
    this.#deliver(1, reading.spo2, index);
    this.#deliver(2, reading.pulseRate, index);
    if (this.#outputs.length > 3) this.#deliver(3, reading.perfusion, index);
  };

  /** More than ever came are none that were lost: this is noise, in which some bytes look like frames. */
  #lost(frames: number): number {
    return frames < this.link.frames ? frames : 0;
  }

  #greet(): void {
    this.#greeted = true;
    const { device, streams } = this.#frame;
    this.#onMessage({ type: "hello", device, firmware: "", streams: [...streams] });
  }

  #deliver(stream: number, value: number, index: number): void {
    const output = this.#outputs[stream]!;
    output.values[0] = value;
    output.deliver(index, this.#onMessage);
  }
}
