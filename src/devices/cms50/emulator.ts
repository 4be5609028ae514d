import { converted, EmulatedClock } from "../emulated-clock.js";
import type { DeviceEmulator, EmulatedSignal } from "../types.js";
import { RATE_HZ } from "./reading.js";

const NOTHING = new Uint8Array();
/** Without a command that keeps it alive the V7 firmware stops after this time. */
const PATIENCE_MS = 30_000;

/** Bytes of commands of the V7 firmware: `7D 81 code 80 80 80 80 80 80`. */
export function v7Command(code: number): Uint8Array {
  return Uint8Array.of(0x7d, 0x81, code, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80);
}
export const V7_START = 0xa1;
export const V7_STOP = 0xa2;
export const V7_KEEP_ALIVE = 0xaf;

/** Measures `signal`: pleth 0 to 127, SpO2 0 to 100, pulse rate 0 to 250. */
export class OldCms50Emulator implements DeviceEmulator {
  readonly #clock: EmulatedClock;
  #n = 0;

  constructor(
    readonly signal: EmulatedSignal,
    rate: number,
  ) {
    this.#clock = new EmulatedClock(rate);
  }

  boot(): Uint8Array {
    return NOTHING;
  }

  receive(): Uint8Array {
    return NOTHING;
  }

  advance(ms: number): Uint8Array {
    const frames = this.#clock.advance(ms);
    const out = new Uint8Array(frames * 5);
    for (let i = 0; i < frames; i++) {
      const n = this.#n++;
      const pleth = converted(this.signal(0, 0, n), 0, 127);
      const rate = converted(this.signal(2, 0, n), 0, 250);
      const bar = pleth >> 3;
      out.set([0x85, pleth, bar | ((rate & 0x80) >> 1), rate & 0x7f, converted(this.signal(1, 0, n), 0, 100)], i * 5);
    }
    return out;
  }
}

/** As the old one, with a perfusion index of 0 to 65535; starts, stops and lapses as the V7 firmware does. */
export class V7Emulator implements DeviceEmulator {
  #clock: EmulatedClock | undefined;
  #msLeft = 0;
  #n = 0;
  #command: number[] = [];

  constructor(readonly signal: EmulatedSignal) {}

  boot(): Uint8Array {
    return NOTHING;
  }

  receive(bytes: Uint8Array): Uint8Array {
    for (const byte of bytes) {
      if (byte === 0x7d) this.#command = [];
      this.#command.push(byte);
      if (this.#command.length === 9) this.#obey(this.#command[2]!);
    }
    return NOTHING;
  }

  advance(ms: number): Uint8Array {
    if (this.#clock === undefined) return NOTHING;
    const awake = Math.min(ms, this.#msLeft);
    this.#msLeft -= awake;
    const frames = this.#clock.advance(awake);
    if (this.#msLeft <= 0) this.#clock = undefined;
    const out = new Uint8Array(frames * 9);
    for (let i = 0; i < frames; i++) out.set(this.#frame(this.#n++), i * 9);
    return out;
  }

  #obey(code: number): void {
    if (code === V7_START) this.#clock ??= new EmulatedClock(RATE_HZ);
    if (code === V7_STOP) this.#clock = undefined;
    this.#msLeft = PATIENCE_MS;
  }

  #frame(n: number): number[] {
    const pleth = converted(this.signal(0, 0, n), 0, 127);
    const perfusion = converted(this.signal(3, 0, n), 0, 65535);
    const rate = converted(this.signal(2, 0, n), 0, 250);
    const spo2 = converted(this.signal(1, 0, n), 0, 100);
    const data = [5, pleth, pleth >> 3, rate, spo2, perfusion & 0xff, perfusion >> 8];
    const high = data.reduce((bits, byte, k) => bits | ((byte >> 7) << k), 0x80);
    return [0x01, high, ...data.map((byte) => byte | 0x80)];
  }
}
