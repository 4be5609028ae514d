import { EmulatedClock } from "../emulated-clock.js";
import type { DeviceEmulator, EmulatedSignal } from "../types.js";
import { type Column, columnsOf } from "./columns.js";

const NOTHING = new Uint8Array();
const BANNER =
  "\r\nets Jun  8 2016 00:22:57\r\nrst:0x1 (POWERON_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)\r\nPPG sketch ready\r\n";

/**
 * A board with a sketch that prints `ppg:512`, or rows of the columns that the user names. It measures `signal`: stream 0 has
 * the samples, one channel a column, and each slow value (spo2, pulseRate ...) is a stream of its own, in their order.
 */
export class AsciiEmulator implements DeviceEmulator {
  readonly #clock: EmulatedClock;
  readonly #columns: Column[];
  #n = 0;

  constructor(
    readonly signal: EmulatedSignal,
    readonly rate: number,
    readonly names: readonly string[] | undefined,
  ) {
    this.#clock = new EmulatedClock(rate);
    this.#columns = columnsOf(names ?? ["ppg"]);
  }

  boot(): Uint8Array {
    return Buffer.from(BANNER);
  }

  receive(): Uint8Array {
    return NOTHING;
  }

  advance(ms: number): Uint8Array {
    let text = "";
    for (let due = this.#clock.advance(ms); due > 0; due--) text += `${this.#line(this.#n++)}\r\n`;
    return Buffer.from(text);
  }

  #line(n: number): string {
    if (this.names === undefined) return `ppg:${this.signal(0, 0, n)}`;
    let channel = 0;
    let stream = this.#columns.some(({ role }) => role === "sample") ? 1 : 0;
    const cells = this.#columns.map(({ role, ms = 1 }) => {
      if (role === "sample") return this.signal(0, channel++, n);
      if (role === "slow") return this.signal(stream++, 0, n);
      if (role === "time") return Math.round((n * 1000) / this.rate / ms);
      return role === "sequence" ? n : Number(role === "validity");
    });
    return cells.join();
  }
}
