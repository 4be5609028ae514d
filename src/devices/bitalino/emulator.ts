import { converted, EmulatedClock } from "../emulated-clock.js";
import type { DeviceEmulator, EmulatedSignal } from "../types.js";
import { IDLE, RATES, START_LIVE, START_SIMULATED, STOP, VERSION } from "./commands.js";
import { crc4, frameBytes } from "./frame.js";

const NOTHING = new Uint8Array();
const TEXT = new TextEncoder().encode("BITalino_v5.1\n");

/**
 * Measures `signal`: 0 to 1023 in the first four channels chosen, 0 to 63 in the others. Its inputs I1 and I2 are high, as
 * an open button is.
 */
export class BitalinoEmulator implements DeviceEmulator {
  #clock: EmulatedClock | undefined;
  #rate = 1000;
  #channels = 6;
  #n = 0;

  constructor(readonly signal: EmulatedSignal) {}

  boot(): Uint8Array {
    return NOTHING;
  }

  receive(bytes: Uint8Array): Uint8Array {
    let answer = NOTHING;
    for (const byte of bytes) if (this.#obey(byte)) answer = TEXT;
    return answer;
  }

  advance(ms: number): Uint8Array {
    const frames = this.#clock?.advance(ms) ?? 0;
    const length = frameBytes(this.#channels);
    const out = new Uint8Array(frames * length);
    for (let i = 0; i < frames; i++) this.#write(out, i * length, this.#n++);
    return out;
  }

  /** True for the command that is answered. */
  #obey(command: number): boolean {
    if (command === IDLE || (command === STOP && this.#clock)) this.#clock = undefined;
    // While it sends, it takes no other command than those that end it.
    else if (this.#clock) return false;
    else if (command === VERSION) return true;
    else if ((command & 0x3f) === 0x03) this.#rate = RATES[command >> 6]!;
    else if ((command & 3) === START_LIVE || (command & 3) === START_SIMULATED) this.#start(command >> 2);
    return false;
  }

  #start(mask: number): void {
    this.#channels = [0, 1, 2, 3, 4, 5].filter((bit) => (mask >> bit) & 1).length;
    if (this.#channels > 0) this.#clock = new EmulatedClock(this.#rate);
  }

  #write(out: Uint8Array, at: number, n: number): void {
    const value = (c: number): number =>
      c < this.#channels ? converted(this.signal(0, c, n), 0, c < 4 ? 1023 : 63) : 0;
    const [a1, a2, a3, a4, a5, a6] = [0, 1, 2, 3, 4, 5].map(value) as [number, number, number, number, number, number];
    const length = frameBytes(this.#channels);
    const end = at + length;
    const put = (back: number, byte: number): void => {
      if (back <= length) out[end - back] = byte;
    };
    put(1, (n & 15) << 4);
    put(2, 0xc0 | (a1 >> 6));
    put(3, ((a1 & 0x3f) << 2) | (a2 >> 8));
    put(4, a2);
    put(5, a3 >> 2);
    put(6, ((a3 & 3) << 6) | (a4 >> 4));
    put(7, ((a4 & 15) << 4) | (a5 >> 2));
    put(8, ((a5 & 3) << 6) | a6);
    out[end - 1]! |= crc4(out, at, length);
  }
}
