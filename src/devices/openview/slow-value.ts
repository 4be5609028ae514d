import { channel, countedStream } from "../describe.js";
import { SampleOutput } from "../sample-output.js";
import type { StreamDescriptor } from "../types.js";
import type { OnMessage } from "./decoder.js";

/**
 * A value that a board repeats in every frame but computes about once a second: a stream of its own, so that where it is not valid it
 * takes no other channel with it, with one sample for every `every` frames, the first of them.
 */
export class SlowValue {
  readonly #stream: SampleOutput;
  readonly #every: number;
  readonly #scale: number;
  #frames = 0;

  /**
   * @param frameRate frames a second
   * @param every about a second of frames
   * @param scale unit per raw count
   */
  constructor(id: number, name: string, unit: string, frameRate: number, every: number, scale = 1) {
    this.#every = every;
    this.#scale = scale;
    this.#stream = new SampleOutput(countedStream(id, name, frameRate / every, [channel(name, unit, scale)]));
  }

  get descriptor(): StreamDescriptor {
    return this.#stream.descriptor;
  }

  /** @param raw the value of one frame, NaN where it is not valid */
  frame(raw: number, onMessage: OnMessage): void {
    if (this.#frames++ % this.#every !== 0) return;
    this.#stream.values[0] = raw * this.#scale;
    this.#stream.deliverNext(onMessage);
  }
}

/** The values that HealthyPi boards compute in every frame. */
export class Vitals {
  readonly #temperature: SlowValue;
  readonly #spo2: SlowValue;
  readonly #pulseRate: SlowValue;
  readonly #respirationRate: SlowValue;

  /**
   * @param id of the first of four streams
   * @param frameRate frames a second, whole
   */
  constructor(id: number, frameRate: number) {
    this.#temperature = new SlowValue(id, "temperature", "degC", frameRate, frameRate, 0.01);
    this.#spo2 = new SlowValue(id + 1, "spo2", "%", frameRate, frameRate);
    this.#pulseRate = new SlowValue(id + 2, "pulseRate", "bpm", frameRate, frameRate);
    this.#respirationRate = new SlowValue(id + 3, "respirationRate", "1/min", frameRate, frameRate);
  }

  get streams(): StreamDescriptor[] {
    return [this.#temperature, this.#spo2, this.#pulseRate, this.#respirationRate].map((value) => value.descriptor);
  }

  /** Values of one frame: temperature in 0.01 degC, the others 0 where they are not valid. */
  frame(temperature: number, spo2: number, pulseRate: number, respirationRate: number, onMessage: OnMessage): void {
    this.#temperature.frame(temperature, onMessage);
    this.#spo2.frame(orNaN(spo2), onMessage);
    this.#pulseRate.frame(orNaN(pulseRate), onMessage);
    this.#respirationRate.frame(orNaN(respirationRate), onMessage);
  }
}

/** These boards send 0 until they have a value. */
export function orNaN(value: number): number {
  return value > 0 ? value : Number.NaN;
}
