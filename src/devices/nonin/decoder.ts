import { SlidingFramer } from "../../framing/sliding.js";
import { emptyFramerStats } from "../../framing/types.js";
import { channel, countedStream } from "../describe.js";
import { Flags } from "../flags.js";
import { SampleOutput } from "../sample-output.js";
import type { DeviceDecoder, DeviceMessage, LinkStats, StreamDescriptor } from "../types.js";
import { PacketAlignment } from "./alignment.js";
import { EXTRA, type NoninFrame, PACKET_FRAMES, STATUS_DISCONNECTED, STATUS_SYNC } from "./frame.js";
import { Packet, PacketTimer } from "./packet.js";

type OnMessage = (message: DeviceMessage) => void;

export const NONIN_STREAMS: readonly StreamDescriptor[] = [
  countedStream(0, "pulse", 75, [channel("pleth", "adc")]),
  countedStream(1, "spo2", 3, [channel("spo2", "%")]),
  countedStream(2, "pulseRate", 3, [channel("pulseRate", "bpm")]),
];

const ACK = 0x06;
const NACK = 0x15;

/** Bits 1 to 6 of the status of a packet; in both perfusion bits at once the module means "yellow". */
const STATES = ["perfusionGreen", "perfusionRed", "sensorAlarm", "outOfTrack", "artifact", "sensorDisconnected"];

/** Decoder of data formats 2 and 7: frames by {@link PacketAlignment}, heart rate and SpO2 from whole packets only. */
export class NoninDecoder implements DeviceDecoder {
  readonly link: LinkStats = { ...emptyFramerStats(), undescribed: 0 };
  readonly #framer: SlidingFramer;
  readonly #alignment: PacketAlignment;
  readonly #packet = new Packet();
  readonly #timer = new PacketTimer();
  readonly #flags = new Flags("state", STATES);
  readonly #outputs = NONIN_STREAMS.map((stream) => new SampleOutput(stream));
  /** Number of the first frame of the first packet: packets are counted from there. */
  #firstPacket = -1;
  #greeted = false;
  #answering: boolean;
  #onMessage: OnMessage = () => {};

  /** @param asks whether a command was sent that is answered by one byte before the first frame */
  constructor(
    readonly device: string,
    readonly frame: NoninFrame,
    readonly asks: boolean,
  ) {
    this.#framer = new SlidingFramer(frame, this.link);
    this.#alignment = new PacketAlignment(this.#takePlaced);
    this.#answering = asks;
  }

  push(chunk: Uint8Array, onMessage: OnMessage): void {
    this.#onMessage = onMessage;
    this.#framer.push(this.#answering ? this.#takeAnswers(chunk) : chunk, this.#takeFrame);
  }

  reset(): void {
    this.#framer.reset();
    this.#alignment.reset();
    this.#packet.reset();
    this.#timer.reset();
    this.#flags.reset();
    this.#firstPacket = -1;
    this.#greeted = false;
    this.#answering = this.asks;
  }

  /** Reports the answers that come before anything else; the rest of the bytes. */
  #takeAnswers(chunk: Uint8Array): Uint8Array {
    let at = 0;
    for (; at < chunk.length && (chunk[at] === ACK || chunk[at] === NACK); at++)
      this.#onMessage({ type: "reply", data: { cmd: "select", ok: chunk[at] === ACK } });
    this.#answering = at === chunk.length;
    this.link.bytes += at;
    return chunk.subarray(at);
  }

  readonly #takeFrame = (bytes: Uint8Array, at: number, _length: number, skipped: number): void => {
    const status = bytes[at + this.frame.status]!;
    const pleth = status & STATUS_DISCONNECTED ? Number.NaN : this.frame.pleth(bytes, at);
    const sync = (status & STATUS_SYNC) !== 0;
    if (!this.#alignment.take(skipped, sync, status, pleth, bytes[at + EXTRA]!)) this.#framer.unlock();
  };

  readonly #takePlaced = (index: number, position: number, status: number, pleth: number, extra: number): void => {
    if (!this.#greeted) this.#greet();
    if (position === 0 && this.#firstPacket < 0) this.#firstPacket = index;
    this.#deliver(0, pleth, index);
    if (this.#packet.add(index, position, status, extra)) this.#takePacket(index + 1 - PACKET_FRAMES);
  };

  #greet(): void {
    this.#greeted = true;
    this.#onMessage({ type: "hello", device: this.device, firmware: "", streams: [...NONIN_STREAMS] });
  }

  #takePacket(first: number): void {
    const packet = this.#packet;
    const missing = this.#timer.take(packet.timer, first);
    if (missing === undefined) return;
    if (missing > 0) this.#alignment.advance(missing);
    const index = (first - this.#firstPacket) / PACKET_FRAMES + missing;
    this.#flags.take((packet.status >> 1) & 0x3f, first, this.#onMessage);
    this.#deliver(1, packet.spo2, index);
    this.#deliver(2, packet.pulseRate, index);
  }

  #deliver(stream: number, value: number, index: number): void {
    const output = this.#outputs[stream]!;
    output.values[0] = value;
    output.deliver(index, this.#onMessage);
  }
}
