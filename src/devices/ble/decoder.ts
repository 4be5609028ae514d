import { CobsFramer } from "../../framing/cobs-frame.js";
import { FRAME_VERSION, FrameKind, readU32 } from "../../framing/frame.js";
import { emptyFramerStats } from "../../framing/types.js";
import { printableName } from "../printable.js";
import type { DeviceDecoder, DeviceMessage, LinkStats, StreamDescriptor } from "../types.js";
import { parseHeartRate } from "./heart-rate.js";
import { NotificationReader } from "./notification.js";
import { type Oximetry, parseOximetry } from "./oximeter.js";
import { parsePolar } from "./polar.js";
import { Series } from "./series.js";
import { bleStreams, Stream } from "./streams.js";
import { Uuid } from "./uuid.js";

type OnMessage = (message: DeviceMessage) => void;

/** As many samples as `parsePolar` gives. */
const MOST_SAMPLES = 1024;

/**
 * Decoder of notifications of Bluetooth sensors that a bridge passes on in biox frames (docs/ble-bridge.md). The time of
 * heart rate and oximetry is the bridge's, that of Polar's samples the sensor's own.
 */
export class BleDecoder implements DeviceDecoder {
  readonly link: LinkStats = { ...emptyFramerStats(), undescribed: 0 };
  readonly #framer = new CobsFramer(this.link);
  readonly #streams: StreamDescriptor[];
  readonly #series: Series[];
  readonly #notification = new NotificationReader();
  readonly #onFrame = (frame: Uint8Array): void => this.#takeFrame(frame);
  #onMessage: OnMessage = () => {};
  #greeted = false;
  /** Number of the last message, -1 before the first. */
  #number = -1;
  /** How often numbers were missing, and how often they had been when each stream had its last sample. */
  #gaps = 0;
  readonly #gapsSeen: number[] = [];
  /** The bridge's clock, unwrapped. */
  #bridgeUs = 0;
  /** What was said last, so that only changes are told. */
  readonly #said = new Map<string, string>();

  constructor(ppgRate: number) {
    this.#streams = bleStreams(ppgRate);
    this.#series = this.#streams.map((stream) => new Series(stream, stream.rate > 1 ? MOST_SAMPLES : 1));
  }

  push(chunk: Uint8Array, onMessage: OnMessage): void {
    this.#onMessage = onMessage;
    this.#framer.push(chunk, this.#onFrame);
  }

  reset(): void {
    this.#framer.reset();
    this.link.undescribed = 0;
    this.#greeted = false;
    this.#number = -1;
    this.#gaps = 0;
    this.#gapsSeen.length = 0;
    for (const series of this.#series) series.reset();
    this.#said.clear();
  }

  #takeFrame(frame: Uint8Array): void {
    const notification = this.#notification;
    if (frame[0] !== ((FRAME_VERSION << 4) | FrameKind.event) || !notification.read(frame)) {
      this.link.undescribed++;
      return;
    }
    const number = readU32(frame, 4);
    if (this.#number >= 0 && number !== (this.#number + 1) >>> 0) this.#gaps++;
    this.#bridgeUs =
      this.#number < 0 ? readU32(frame, 8) : this.#bridgeUs + ((readU32(frame, 8) - this.#bridgeUs) >>> 0);
    this.#number = number;
    if (!this.#take(notification.uuid, notification.value)) this.link.undescribed++;
  }

  /** Whether the notification could be read. */
  #take(uuid: string, value: Uint8Array): boolean {
    if (uuid === Uuid.heartRate) return this.#takeHeartRate(value);
    if (uuid === Uuid.oximeterContinuous) return this.#takeOximetry(parseOximetry(value, "continuous"));
    if (uuid === Uuid.oximeterSpotCheck) return this.#takeOximetry(parseOximetry(value, "spotCheck"));
    if (uuid === Uuid.polar) return this.#takePolar(value);
    if (uuid === Uuid.battery && value.length === 1) {
      this.#say("battery", { type: "status", data: { batteryPercent: value[0] } });
      return true;
    }
    this.#say(`unknown ${uuid}`, { type: "status", data: { unreadCharacteristic: printableName(uuid) } });
    return false;
  }

  #takeHeartRate(value: Uint8Array): boolean {
    const heart = parseHeartRate(value);
    if (heart === undefined) return false;
    this.#deliver(Stream.pulse, [heart.bpm]);
    const { contact, energyKj, rrMs } = heart;
    if (contact !== undefined) this.#say("contact", { type: "event", name: "contact", data: { contact } });
    if (rrMs.length > 0) this.#onMessage({ type: "event", name: "beats", data: { rrMs } });
    if (energyKj !== undefined) this.#say("energy", { type: "status", data: { energyKj } });
    return true;
  }

  #takeOximetry(oximetry: Oximetry | undefined): boolean {
    if (oximetry === undefined) return false;
    const { spo2, bpm, perfusion, status } = oximetry;
    this.#deliver(Stream.spo2, [spo2]);
    this.#deliver(Stream.oximeterPulse, [bpm]);
    if (perfusion !== undefined) this.#deliver(Stream.perfusion, [perfusion]);
    if (status !== undefined) this.#say("sensor", { type: "event", name: "sensorStatus", data: { status } });
    return true;
  }

  #takePolar(value: Uint8Array): boolean {
    const samples = parsePolar(value);
    if (samples === undefined) return false;
    if (!("kind" in samples)) {
      this.#say("polar", { type: "status", data: { unreadPolarFrame: samples } });
      return false;
    }
    this.#greet();
    const { kind, timeUs, count, values } = samples;
    this.#series[Stream[kind]]!.take(timeUs, count, values, true, this.#onMessage);
    return true;
  }

  /** Sensors notify when they like: a late value shows a loss only where messages are missing. */
  #deliver(stream: number, values: readonly number[]): void {
    this.#greet();
    const mayHaveLost = this.#gapsSeen[stream] !== this.#gaps;
    this.#gapsSeen[stream] = this.#gaps;
    this.#series[stream]!.take(this.#bridgeUs, 1, values, mayHaveLost, this.#onMessage);
  }

  #greet(): void {
    if (this.#greeted) return;
    this.#greeted = true;
    this.#onMessage({ type: "hello", device: "Bluetooth bridge", firmware: "", streams: this.#streams });
  }

  /** Passes a message on where it differs from the last about the same matter. */
  #say(matter: string, message: DeviceMessage): void {
    const text = JSON.stringify(message);
    if (this.#said.get(matter) === text) return;
    this.#said.set(matter, text);
    this.#onMessage(message);
  }
}
