import { writeLe } from "../../framing/little-endian.js";
import { encodeOpenView } from "../../framing/openview.js";
import { EmulatedClock } from "../emulated-clock.js";
import type { DeviceEmulator, EmulatedSignal } from "../types.js";
import type { BoardLayout } from "./boards.js";

/** Makes the frame number `n` of a device. */
type MakeFrame = (n: number) => Uint8Array;

/** A board that streams from the moment it is switched on, frame `n` at n / `rate` seconds, and takes no commands. */
class StreamingEmulator implements DeviceEmulator {
  readonly #clock: EmulatedClock;
  #frames = 0;

  /** @param rate frames a second */
  constructor(
    rate: number,
    private readonly makeFrame: MakeFrame,
    private readonly banner = "",
  ) {
    this.#clock = new EmulatedClock(rate);
  }

  boot(): Uint8Array {
    return new TextEncoder().encode(this.banner);
  }

  receive(): Uint8Array {
    return new Uint8Array();
  }

  advance(ms: number): Uint8Array {
    const parts: Uint8Array[] = [];
    for (let due = this.#clock.advance(ms); due > 0; due--) parts.push(this.makeFrame(this.#frames++));
    return Buffer.concat(parts);
  }
}

/** Second in which frame `n` lies: number of the sample of a value that is sent once a second. */
function second(n: number, rate: number): number {
  return Math.floor(n / rate);
}

/** HealthyPi v4: streams of ids 0 to 4 as its decoder describes them. */
export function emulateHealthyPi4(signal: EmulatedSignal): DeviceEmulator {
  return new StreamingEmulator(125, (n) => {
    const payload = new Uint8Array(20);
    const slow = (stream: number): number => signal(stream, 0, second(n, 125));
    writeLe(payload, 0, signal(0, 0, n), 2);
    writeLe(payload, 2, signal(0, 1, n), 2);
    writeLe(payload, 4, signal(0, 2, n), 4);
    writeLe(payload, 8, signal(0, 3, n), 4);
    writeLe(payload, 12, slow(1), 2);
    payload.set([slow(4), slow(2), slow(3), 80, 120, 0], 14);
    return encodeOpenView(2, payload);
  });
}

/** HealthyPi 5 with firmware 2, its held BioZ and PPG included. */
export function emulateHealthyPi5(signal: EmulatedSignal): DeviceEmulator {
  return new StreamingEmulator(128, (n) => {
    const payload = new Uint8Array(22);
    const slow = (stream: number): number => signal(stream, 0, second(n, 128));
    const ppg = Math.floor(((n / 128) * 1000) / 14);
    writeLe(payload, 0, signal(0, 0, n), 4);
    writeLe(payload, 4, signal(1, 0, n >> 1), 4);
    payload[8] = n % 2 === 0 ? 0 : 0xff;
    writeLe(payload, 9, signal(2, 0, ppg), 4);
    writeLe(payload, 13, signal(2, 1, ppg), 4);
    writeLe(payload, 17, slow(3), 2);
    payload.set([slow(4), slow(5), slow(6)], 19);
    return encodeOpenView(2, payload);
  });
}

/** A shield or breakout with one sample a frame. */
export function emulateBreakout({ layout, rate }: { layout: BoardLayout; rate: number }, signal: EmulatedSignal) {
  const length = layout.sampleBytes ?? layout.lengths.at(-1)!;
  const banner = `${layout.name} streaming example\r\n`;
  const makeFrame: MakeFrame = (n) => {
    const payload = new Uint8Array(length);
    layout.channels.forEach(({ at, width }, c) => {
      writeLe(payload, at, signal(0, c, n), width);
    });
    layout.vitals.forEach(({ at, width }, v) => {
      writeLe(payload, at, signal(v + 1, 0, Math.floor(n / Math.ceil(rate))), width);
    });
    return encodeOpenView(2, payload);
  };
  return new StreamingEmulator(rate, makeFrame, banner);
}
