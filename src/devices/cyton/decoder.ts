import { SlidingFramer } from "../../framing/sliding.js";
import { emptyFramerStats } from "../../framing/types.js";
import { SampleOutput } from "../sample-output.js";
import type { DeviceDecoder, DeviceMessage, LinkStats, StreamDescriptor } from "../types.js";
import { AccelReadings } from "./accel.js";
import {
  AUX_AT,
  CHANNELS,
  COUNTER_AT,
  CYTON_FRAME_BYTES,
  type CytonLink,
  cytonRule,
  END_AT,
  FrameType,
  readI16,
  readI24,
  readU32,
  VALUES_AT,
} from "./frame.js";
import { AUX_STREAM, type AuxMode, cytonStreams, EXG_STREAM } from "./streams.js";
import { CytonText, firmwareOf } from "./text.js";

type OnMessage = (message: DeviceMessage) => void;

/** Ends of the converter's range, which it delivers for everything beyond them. */
const LOWEST = -(2 ** 23);
const HIGHEST = 2 ** 23 - 1;

export interface CytonSettings {
  boards: 1 | 2;
  gain: number;
  link: CytonLink;
  aux: AuxMode;
}

/**
 * Decoder of the OpenBCI Cyton, with and without a Daisy.
 *
 * Frames carry an 8-bit counter, so losses are exact up to 255 frames (1.02 s) in a row; 256 lost ones look like none.
 * A frame that repeats the one before it byte for byte is the same one again.
 * With a Daisy odd frames hold channels 1 to 8 and the even one behind it 9 to 16; a half without its other is dropped
 * and counted as `undescribed`.
 */
export class CytonDecoder implements DeviceDecoder {
  readonly link: LinkStats = { ...emptyFramerStats(), undescribed: 0 };
  readonly #settings: CytonSettings;
  readonly #streams: StreamDescriptor[];
  readonly #framer: SlidingFramer;
  readonly #text = new CytonText((text) => this.#takeText(text));
  readonly #exg: SampleOutput;
  readonly #aux: SampleOutput;
  readonly #accel = new AccelReadings((n, xyz) => this.#takeReading(n, xyz));
  readonly #onFrame = (bytes: Uint8Array, at: number): void => this.#takeFrame(bytes, at);
  #onMessage: OnMessage = () => {};
  #greeted = false;
  /** Running number of the last frame, -1 before the first; its low 8 bits are the counter. */
  #n = -1;
  /** Pair whose first half is in the block, -1 for none. */
  #half = -1;
  #halfClipped = false;
  #restarted = false;
  #unused = false;
  readonly #last = new Uint8Array(CYTON_FRAME_BYTES);

  constructor(settings: CytonSettings) {
    this.#settings = settings;
    this.#streams = cytonStreams(settings.boards, settings.gain, settings.aux);
    this.#framer = new SlidingFramer(cytonRule(settings.link), this.link, (byte) => this.#text.take(byte));
    this.#exg = new SampleOutput(this.#streams[EXG_STREAM]!);
    this.#aux = new SampleOutput(this.#streams[AUX_STREAM]!);
  }

  push(chunk: Uint8Array, onMessage: OnMessage): void {
    this.#onMessage = onMessage;
    this.#framer.push(chunk, this.#onFrame);
  }

  reset(): void {
    this.#framer.reset();
    this.link.undescribed = 0;
    this.#text.reset();
    this.#accel.reset();
    this.#greeted = this.#restarted = this.#unused = false;
    this.#n = this.#half = -1;
  }

  #greet(firmware: string): void {
    if (this.#greeted) return;
    this.#greeted = true;
    const device = this.#settings.boards === 2 ? "OpenBCI Cyton with Daisy" : "OpenBCI Cyton";
    this.#onMessage({ type: "hello", device, firmware, streams: this.#streams });
  }

  #takeText(text: string): void {
    const firmware = firmwareOf(text);
    if (firmware !== undefined) {
      this.#greet(firmware);
      this.#restarted = this.#n >= 0;
    }
    this.#onMessage({ type: "reply", data: { text } });
  }

  #takeFrame(bytes: Uint8Array, frame: number): void {
    this.#greet("");
    const counter = bytes[frame + COUNTER_AT]!;
    const first = this.#n < 0;
    if (!first && this.#repeats(bytes, frame)) return;
    for (let i = 0; i < CYTON_FRAME_BYTES; i++) this.#last[i] = bytes[frame + i]!;
    this.#n = first ? counter : this.#n + ((counter - this.#n) & 255 || 256);
    if (this.#settings.boards === 1) this.#takeSample(bytes, frame);
    else this.#takeHalf(bytes, frame, first);
    this.#takeAux(bytes, frame);
  }

  /** The counter alone cannot tell a frame that comes twice from one behind 255 lost ones; 24 bits a channel of noise can. */
  #repeats(bytes: Uint8Array, frame: number): boolean {
    for (let i = 0; i < CYTON_FRAME_BYTES; i++) if (bytes[frame + i] !== this.#last[i]) return false;
    // Delivered under the number that it has: whoever keeps account counts it as a duplicate.
    if (this.#settings.boards === 1) this.#takeSample(bytes, frame);
    else this.link.undescribed++;
    return true;
  }

  #takeSample(bytes: Uint8Array, frame: number): void {
    const { block } = this.#exg;
    block.clipped = this.#readValues(bytes, frame, 0);
    this.#deliverExg(this.#n);
  }

  /** Pair p is frames 2p + 1 and 2p + 2. */
  #takeHalf(bytes: Uint8Array, frame: number, first: boolean): void {
    const pair = Math.floor((this.#n - 1) / 2);
    if (this.#n % 2 === 1) {
      if (this.#half >= 0) this.link.undescribed++;
      this.#half = pair;
      this.#halfClipped = this.#readValues(bytes, frame, 0);
      return;
    }
    const fits = this.#half >= 0 && this.#half === pair;
    // A link that begins between the halves has lost nothing that could be counted.
    if (!fits && !first) this.link.undescribed += this.#half < 0 ? 1 : 2;
    this.#half = -1;
    if (!fits) return;
    this.#exg.block.clipped = this.#readValues(bytes, frame, CHANNELS) || this.#halfClipped;
    this.#deliverExg(pair);
  }

  /** Writes eight channels from `to` on; tells whether one is at an end of the range. */
  #readValues(bytes: Uint8Array, frame: number, to: number): boolean {
    const { scale } = this.#streams[EXG_STREAM]!.channels[0]!;
    let clipped = false;
    for (let c = 0; c < CHANNELS; c++) {
      const raw = readI24(bytes, frame + VALUES_AT + 3 * c);
      clipped ||= raw === LOWEST || raw === HIGHEST;
      this.#exg.values[to + c] = raw * scale;
    }
    return clipped;
  }

  #deliverExg(n: number): void {
    this.#exg.block.restarted = this.#restarted;
    this.#restarted = false;
    this.#exg.deliver(n, this.#onMessage);
  }

  #takeAux(bytes: Uint8Array, frame: number): void {
    const type = bytes[frame + END_AT]! & 15;
    const { aux } = this.#settings;
    if (type === FrameType.accelTimeSet || type === FrameType.rawAuxTimeSet) this.#takeTime(bytes, frame);
    if (aux === "accel") {
      if (type === FrameType.accel) this.#accel.takeWhole(bytes, frame, this.#n);
      else if (type === FrameType.accelTimeSet || type === FrameType.accelTimeSynced)
        this.#accel.takeSynced(bytes, frame, this.#n);
      else this.#noteUnused(type);
    } else if (type === FrameType.rawAux || (type === FrameType.user && aux === "raw")) this.#takeRawAux(bytes, frame);
    else this.#noteUnused(type);
  }

  #takeReading(n: number, xyz: Float64Array): void {
    const { scale } = this.#streams[AUX_STREAM]!.channels[0]!;
    for (let axis = 0; axis < 3; axis++) this.#aux.values[axis] = xyz[axis]! * scale;
    this.#aux.deliver(n, this.#onMessage);
  }

  #takeRawAux(bytes: Uint8Array, frame: number): void {
    const { values } = this.#aux;
    // Five pins have a byte each, in the order of the three words; the last word is one pin.
    if (this.#settings.aux === "digital")
      for (let i = 0; i < values.length; i++) values[i] = bytes[frame + AUX_AT + (i < 4 ? i : 5)]!;
    else for (let i = 0; i < values.length; i++) values[i] = readI16(bytes, frame + AUX_AT + 2 * i);
    this.#aux.deliver(this.#n, this.#onMessage);
  }

  #takeTime(bytes: Uint8Array, frame: number): void {
    const boardMs = readU32(bytes, frame + AUX_AT + 2);
    this.#onMessage({ type: "event", name: "timeSync", data: { boardMs, sample: this.#n } });
  }

  /** Says once that the board sends something else than the option `aux` says. */
  #noteUnused(type: number): void {
    if (this.#unused) return;
    this.#unused = true;
    this.#onMessage({ type: "status", data: { auxiliaryUnused: type, option: `aux=${this.#settings.aux}` } });
  }
}
