import { i16le, i32le } from "../../framing/little-endian.js";
import { countedStream, counts } from "../describe.js";
import { SampleOutput } from "../sample-output.js";
import type { StreamDescriptor } from "../types.js";
import type { OnMessage, OpenViewBoard } from "./decoder.js";
import { HeldValues } from "./held-values.js";
import { Vitals } from "./slow-value.js";
import { isPulseRate, isSpo2 } from "./values.js";

const ECG_RATE = 128;
const BIOZ_RATE = 64;
/** The sampling timer ticks each 7 ms and reads the PPG on every other tick. */
const PPG_RATE = 1000 / 14;
const DATA = 2;
const PAYLOAD_BYTES = 22;
const BIOZ_SKIPPED = 0xff;

/** HealthyPi 5 with firmware 2 (data_module.c): one frame an ECG sample; BioZ and PPG are held between theirs. */
export class HealthyPi5 implements OpenViewBoard {
  readonly name = "HealthyPi 5";
  readonly longest = PAYLOAD_BYTES;
  readonly #ecg = new SampleOutput(countedStream(0, "ecg", ECG_RATE, [counts("ecg")]));
  readonly #respiration = new SampleOutput(countedStream(1, "respiration", BIOZ_RATE, [counts("respiration")]));
  readonly #ppg = new SampleOutput(countedStream(2, "ppg", PPG_RATE, [counts("red"), counts("ir")]));
  readonly #held = new HeldValues(PPG_RATE / ECG_RATE);
  readonly #vitals = new Vitals(3, ECG_RATE);

  fits(type: number, length: number): boolean | undefined {
    return type === DATA ? length === PAYLOAD_BYTES : undefined;
  }

  plausible(bytes: Uint8Array, payload: number): boolean {
    const skipped = bytes[payload + 8]!;
    return (
      (skipped === 0 || skipped === BIOZ_SKIPPED) && isSpo2(bytes[payload + 19]!) && isPulseRate(bytes[payload + 20]!)
    );
  }

  describe(): { firmware: string; streams: StreamDescriptor[] } {
    const streams = [this.#ecg, this.#respiration, this.#ppg].map((stream) => stream.descriptor);
    return { firmware: "2", streams: [...streams, ...this.#vitals.streams] };
  }

  take(bytes: Uint8Array, payload: number, _type: number, _length: number, onMessage: OnMessage): boolean {
    this.#ecg.values[0] = i32le(bytes, payload);
    this.#ecg.deliverNext(onMessage);
    if (bytes[payload + 8] !== BIOZ_SKIPPED) {
      this.#respiration.values[0] = i32le(bytes, payload + 4);
      this.#respiration.deliverNext(onMessage);
    }
    const red = i32le(bytes, payload + 9);
    const ir = i32le(bytes, payload + 13);
    if (this.#held.isNew(red, ir)) {
      this.#ppg.values[0] = red;
      this.#ppg.values[1] = ir;
      this.#ppg.deliverNext(onMessage);
    }
    const [spo2, hr, rr] = [bytes[payload + 19]!, bytes[payload + 20]!, bytes[payload + 21]!];
    this.#vitals.frame(i16le(bytes, payload + 17), spo2, hr, rr, onMessage);
    return true;
  }
}
