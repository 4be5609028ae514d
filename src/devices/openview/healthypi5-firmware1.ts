import { i16le, i32le, u16le } from "../../framing/little-endian.js";
import { countedStream, counts } from "../describe.js";
import { SampleOutput } from "../sample-output.js";
import type { StreamDescriptor } from "../types.js";
import type { OnMessage, OpenViewBoard } from "./decoder.js";
import { orNaN, SlowValue } from "./slow-value.js";
import { isPulseRate, isSpo2 } from "./values.js";

const ECG_TYPE = 3;
const ECG_BYTES = 50;
const PPG_TYPE = 4;
const PPG_BYTES = 19;
const ECG_PER_FRAME = 8;
const RESPIRATION_PER_FRAME = 4;
const PPG_PER_FRAME = 8;
const ECG_RATE = 128;
const RESPIRATION_RATE = 64;
/** The PPG is read each 8 ms. */
const PPG_RATE = 125;
/** Frames of either kind in about a second. */
const EVERY = 16;

/** What is made of the temperature's two bytes, which the firmware fills with its high byte twice. */
export const TEMPERATURES = ["none", "u16", "high-byte"] as const;
export type Temperature = (typeof TEMPERATURES)[number];

/** HealthyPi 5 with firmware 1: ECG and respiration in one kind of frame, PPG and what is computed of it in another. */
export class HealthyPi5Firmware1 implements OpenViewBoard {
  readonly name = "HealthyPi 5";
  readonly longest = ECG_BYTES;
  readonly #ecg = new SampleOutput(countedStream(0, "ecg", ECG_RATE, [counts("ecg")]));
  readonly #respiration = new SampleOutput(countedStream(1, "respiration", RESPIRATION_RATE, [counts("respiration")]));
  readonly #ppg = new SampleOutput(countedStream(2, "ppg", PPG_RATE, [counts("ppg")]));
  readonly #pulseRate = new SlowValue(3, "pulseRate", "bpm", ECG_RATE / ECG_PER_FRAME, EVERY);
  readonly #respirationRate = new SlowValue(4, "respirationRate", "1/min", ECG_RATE / ECG_PER_FRAME, EVERY);
  readonly #spo2 = new SlowValue(5, "spo2", "%", PPG_RATE / PPG_PER_FRAME, EVERY);
  readonly #temperature = new SlowValue(6, "temperature", "degC", PPG_RATE / PPG_PER_FRAME, EVERY, 0.01);

  constructor(private readonly temperature: Temperature) {}

  fits(type: number, length: number): boolean | undefined {
    if (type === ECG_TYPE && length === ECG_BYTES) return true;
    return type === PPG_TYPE && length === PPG_BYTES ? true : undefined;
  }

  plausible(bytes: Uint8Array, payload: number, type: number): boolean {
    return type === ECG_TYPE ? isPulseRate(bytes[payload + 48]!) : isSpo2(bytes[payload + 16]!);
  }

  describe(): { firmware: string; streams: StreamDescriptor[] } {
    const all = [this.#ecg, this.#respiration, this.#ppg, this.#pulseRate, this.#respirationRate, this.#spo2];
    const streams = all.map((stream) => stream.descriptor);
    if (this.temperature !== "none") streams.push(this.#temperature.descriptor);
    return { firmware: "1", streams };
  }

  take(bytes: Uint8Array, payload: number, type: number, _length: number, onMessage: OnMessage): boolean {
    if (type === ECG_TYPE) this.#takeEcg(bytes, payload, onMessage);
    else this.#takePpg(bytes, payload, onMessage);
    return true;
  }

  #takeEcg(bytes: Uint8Array, payload: number, onMessage: OnMessage): void {
    for (let i = 0; i < ECG_PER_FRAME; i++) {
      this.#ecg.values[0] = i32le(bytes, payload + 4 * i);
      this.#ecg.deliverNext(onMessage);
    }
    for (let i = 0; i < RESPIRATION_PER_FRAME; i++) {
      this.#respiration.values[0] = i32le(bytes, payload + 32 + 4 * i);
      this.#respiration.deliverNext(onMessage);
    }
    this.#pulseRate.frame(orNaN(bytes[payload + 48]!), onMessage);
    this.#respirationRate.frame(orNaN(bytes[payload + 49]!), onMessage);
  }

  #takePpg(bytes: Uint8Array, payload: number, onMessage: OnMessage): void {
    for (let i = 0; i < PPG_PER_FRAME; i++) {
      this.#ppg.values[0] = i16le(bytes, payload + 2 * i);
      this.#ppg.deliverNext(onMessage);
    }
    this.#spo2.frame(orNaN(bytes[payload + 16]!), onMessage);
    if (this.temperature === "none") return;
    const raw = this.temperature === "u16" ? u16le(bytes, payload + 17) : 256 * bytes[payload + 17]!;
    this.#temperature.frame(raw, onMessage);
  }
}
