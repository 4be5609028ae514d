import { converted, EmulatedClock } from "../emulated-clock.js";
import type { DeviceEmulator, EmulatedSignal } from "../types.js";
import { PACKET_FRAMES } from "./frame.js";

const NOTHING = new Uint8Array();
const STX = 0x02;
const ETX = 0x03;
const ACK = 0x06;
const NACK = 0x15;

/** Command that selects a data format on the modules that have several: 02, 07, 08 or 0D. */
export function selectFormat(format: number): Uint8Array {
  return Uint8Array.of(STX, 0x70, 0x02, 0x02, format, ETX);
}

/**
 * Measures `signal`: the waveform, 0 to 255 in format 2 and 0 to 65535 in format 7; SpO2, 0 to 100; pulse rate, 0 to 321. It
 * sends from the start, or waits to be told its format.
 */
export class NoninEmulator implements DeviceEmulator {
  #clock: EmulatedClock | undefined;
  #n = 0;
  #command: number[] = [];

  constructor(
    readonly signal: EmulatedSignal,
    readonly format: 2 | 7,
    readonly high: number,
    waits: boolean,
  ) {
    this.#clock = waits ? undefined : new EmulatedClock(75);
  }

  boot(): Uint8Array {
    return NOTHING;
  }

  receive(bytes: Uint8Array): Uint8Array {
    const answers: number[] = [];
    for (const byte of bytes) {
      if (this.#command.length === 0 && byte !== STX) continue;
      this.#command.push(byte);
      if (this.#command.length < 6) continue;
      const understood = Buffer.from(this.#command).equals(selectFormat(this.format));
      answers.push(understood ? ACK : NACK);
      if (understood) this.#clock ??= new EmulatedClock(75);
      this.#command = [];
    }
    return Uint8Array.from(answers);
  }

  advance(ms: number): Uint8Array {
    const frames = this.#clock?.advance(ms) ?? 0;
    const out = new Uint8Array(frames * 5);
    for (let i = 0; i < frames; i++) out.set(this.#frame(this.#n++), i * 5);
    return out;
  }

  #frame(n: number): number[] {
    const position = n % PACKET_FRAMES;
    const status = position === 0 ? 0x81 : 0x80;
    const extra = this.#extra(Math.floor(n / PACKET_FRAMES), position);
    const four =
      this.format === 2 ? [0x01, status, converted(this.signal(0, 0, n), 0, 255), extra] : this.#wide(status, n, extra);
    return [...four, four.reduce((sum, byte) => sum + byte, 0) & 0xff];
  }

  #wide(status: number, n: number, extra: number): number[] {
    const pleth = converted(this.signal(0, 0, n), 0, 255 * this.high + 255);
    const high = Math.min(255, Math.floor(pleth / this.high));
    return [status, high, pleth - high * this.high, extra];
  }

  /** The displayed averages, the same values for the extended ones, the timer, and a revision. */
  #extra(packet: number, position: number): number {
    const spo2 = converted(this.signal(1, 0, packet), 0, 100);
    const rate = converted(this.signal(2, 0, packet), 0, 321);
    const high = rate >> 7;
    const low = rate & 0x7f;
    if ([0, 13, 19, 21].includes(position)) return high;
    if ([1, 14, 20, 22].includes(position)) return low;
    if ([2, 8, 9, 10, 15, 16].includes(position)) return spo2;
    if (position === 3) return 0x30;
    if (position === 5) return (packet >> 7) & 0x7f;
    if (position === 6) return packet & 0x7f;
    return 0;
  }
}
