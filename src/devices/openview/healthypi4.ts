import { i16le, i32le, u16le } from "../../framing/little-endian.js";
import { countedStream, counts } from "../describe.js";
import { SampleOutput } from "../sample-output.js";
import type { OnMessage, OpenViewBoard } from "./decoder.js";
import { Vitals } from "./slow-value.js";
import { isPulseRate, isSpo2 } from "./values.js";

const RATE = 125;
const DATA = 2;
const PAYLOAD_BYTES = 20;
const ECG_LEAD_OFF = 1;
const PROBE_OFF = 2;

/** HealthyPi v4 (Healthypiv4_Arduino.ino, V3 mode): one frame a sample, 125 Hz, little-endian. */
export class HealthyPi4 implements OpenViewBoard {
  readonly name = "HealthyPi v4";
  readonly longest = PAYLOAD_BYTES;
  readonly #signals = new SampleOutput(
    countedStream(0, "signals", RATE, [counts("ecg"), counts("respiration"), counts("ir"), counts("red")]),
  );
  readonly #vitals = new Vitals(1, RATE);
  #leads: number | undefined;

  fits(type: number, length: number): boolean | undefined {
    return type === DATA ? length === PAYLOAD_BYTES : undefined;
  }

  plausible(bytes: Uint8Array, payload: number): boolean {
    return isSpo2(bytes[payload + 15]!) && isPulseRate(bytes[payload + 16]!);
  }

  describe() {
    return { firmware: "", streams: [this.#signals.descriptor, ...this.#vitals.streams] };
  }

  take(bytes: Uint8Array, payload: number, _type: number, _length: number, onMessage: OnMessage): boolean {
    const { values } = this.#signals;
    values[0] = i16le(bytes, payload);
    values[1] = i16le(bytes, payload + 2);
    values[2] = i32le(bytes, payload + 4);
    values[3] = i32le(bytes, payload + 8);
    this.#signals.deliverNext(onMessage);
    const [rr, spo2, hr] = [bytes[payload + 14]!, bytes[payload + 15]!, bytes[payload + 16]!];
    this.#vitals.frame(u16le(bytes, payload + 12), spo2, hr, rr, onMessage);
    const leads = bytes[payload + 19]!;
    if (leads !== this.#leads) {
      this.#leads = leads;
      const data = { ecgLeadOff: (leads & ECG_LEAD_OFF) !== 0, probeOff: (leads & PROBE_OFF) !== 0 };
      onMessage({ type: "event", name: "leads", data });
    }
    return true;
  }
}
