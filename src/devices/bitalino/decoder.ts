import { SlidingFramer } from "../../framing/sliding.js";
import { emptyFramerStats } from "../../framing/types.js";
import { Flags } from "../flags.js";
import { SampleOutput } from "../sample-output.js";
import type { DeviceDecoder, DeviceMessage, LinkStats } from "../types.js";
import { bitalinoRule, counter, digital, frameBytes, readChannels } from "./frame.js";
import type { BitalinoSetup } from "./options.js";
import { VersionReader } from "./version.js";

type OnMessage = (message: DeviceMessage) => void;

const COUNTER_PERIOD = 16;

/**
 * Decoder of the frames of a BITalino that was told to send these channels at this rate.
 *
 * Lost frames are counted by the 4-bit counter and, beyond its 16 steps, by how many bytes were skipped: a loss of 16 frames
 * or more of which no byte is left shows only modulo 16.
 */
export class BitalinoDecoder implements DeviceDecoder {
  readonly link: LinkStats = { ...emptyFramerStats(), undescribed: 0 };
  readonly #setup: BitalinoSetup;
  readonly #length: number;
  readonly #framer: SlidingFramer;
  readonly #version = new VersionReader();
  readonly #flags = new Flags("digital", ["i1", "i2", "o1", "o2"], -1);
  readonly #output: SampleOutput;
  #next = 0;
  #nextCounter = 0;
  #greeted = false;
  #framed = false;
  #onMessage: OnMessage = () => {};

  constructor(setup: BitalinoSetup) {
    this.#setup = setup;
    this.#length = frameBytes(setup.inputs.length);
    this.#framer = new SlidingFramer(bitalinoRule(setup.inputs.length), this.link);
    this.#output = new SampleOutput(setup.stream);
  }

  push(chunk: Uint8Array, onMessage: OnMessage): void {
    this.#onMessage = onMessage;
    let rest = chunk;
    // The answer to the version command is text: what comes before its end is no frame, and no error either.
    for (let i = 0; i < rest.length && !this.#greeted; i++) {
      const version = this.#version.take(rest[i]!);
      if (version === undefined) continue;
      this.#framer.reset();
      this.link.bytes = this.#before + i + 1;
      this.#greet(version);
      rest = rest.subarray(i + 1);
    }
    this.#framer.push(rest, this.#takeFrame);
    this.#before = this.link.bytes;
  }

  /** Bytes of all pieces before this one. */
  #before = 0;

  reset(): void {
    this.#framer.reset();
    this.#version.reset();
    this.#flags.reset();
    this.#next = this.#before = 0;
    this.#greeted = this.#framed = false;
  }

  readonly #takeFrame = (bytes: Uint8Array, at: number, _length: number, skipped: number): void => {
    if (!this.#greeted) this.#greet("");
    const now = counter(bytes, at, this.#length);
    if (this.#framed) this.#next += this.#lost(now, skipped);
    this.#framed = true;
    this.#nextCounter = now + 1;
    const index = this.#next++;
    this.#flags.take(digital(bytes, at, this.#length), index, this.#onMessage);
    readChannels(bytes, at, this.#setup.inputs.length, this.#output.values);
    this.#output.deliver(index, this.#onMessage);
  };

  /** Frames lost before one with counter `now`: of all numbers that fit the counter the nearest to what the skipped bytes held. */
  #lost(now: number, skipped: number): number {
    const least = (now - this.#nextCounter + 2 * COUNTER_PERIOD) % COUNTER_PERIOD;
    const turns = Math.round((skipped / this.#length - least) / COUNTER_PERIOD);
    return least + COUNTER_PERIOD * Math.max(0, turns);
  }

  #greet(firmware: string): void {
    this.#greeted = true;
    this.#onMessage({ type: "hello", device: "BITalino", firmware, streams: [this.#setup.stream] });
  }
}
