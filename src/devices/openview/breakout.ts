import { countedStream, counts } from "../describe.js";
import { SampleOutput } from "../sample-output.js";
import type { StreamDescriptor } from "../types.js";
import type { BoardLayout } from "./boards.js";
import type { OnMessage, OpenViewBoard } from "./decoder.js";
import { orNaN, SlowValue } from "./slow-value.js";
import { isPulseRate, isSpo2 } from "./values.js";

const DATA = 2;

/** A shield or breakout of which one frame holds one sample, or several. */
export class Breakout implements OpenViewBoard {
  readonly #samples: SampleOutput;
  readonly #vitals: readonly SlowValue[];

  /** @param rate samples a second */
  constructor(
    private readonly layout: BoardLayout,
    rate: number,
  ) {
    this.#samples = new SampleOutput(
      countedStream(
        0,
        "signals",
        rate,
        layout.channels.map(({ name }) => counts(name)),
      ),
    );
    this.#vitals = layout.vitals.map(
      ({ name }, i) => new SlowValue(i + 1, name, name === "spo2" ? "%" : "bpm", rate, Math.ceil(rate)),
    );
  }

  get name(): string {
    return this.layout.name;
  }

  get longest(): number {
    return Math.max(...this.layout.lengths);
  }

  fits(type: number, length: number): boolean | undefined {
    return type === DATA ? this.layout.lengths.includes(length) : undefined;
  }

  plausible(bytes: Uint8Array, payload: number, _type: number, length: number): boolean {
    for (let sample = 0; sample < length; sample += this.#stride(length))
      for (const { name, at, read, width } of this.layout.vitals) {
        if (at + width > length) continue;
        const value = read(bytes, payload + sample + at);
        if (value > 0 && !(name === "spo2" ? isSpo2(value) : isPulseRate(value))) return false;
      }
    return true;
  }

  describe(): { firmware: string; streams: StreamDescriptor[] } {
    const streams = [this.#samples.descriptor, ...this.#vitals.map((value) => value.descriptor)];
    return { firmware: "", streams };
  }

  take(bytes: Uint8Array, payload: number, _type: number, length: number, onMessage: OnMessage): boolean {
    const { channels, vitals } = this.layout;
    for (let sample = 0; sample < length; sample += this.#stride(length)) {
      const from = payload + sample;
      for (let c = 0; c < channels.length; c++)
        this.#samples.values[c] = channels[c]!.read(bytes, from + channels[c]!.at);
      this.#samples.deliverNext(onMessage);
      for (let v = 0; v < vitals.length; v++) {
        const { at, read, width } = vitals[v]!;
        this.#vitals[v]!.frame(at + width <= length ? orNaN(read(bytes, from + at)) : Number.NaN, onMessage);
      }
    }
    return true;
  }

  #stride(length: number): number {
    return this.layout.sampleBytes ?? length;
  }
}
