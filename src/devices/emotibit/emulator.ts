import type { DeviceEmulator, EmulatedSignal, StreamDescriptor } from "../types.js";
import { formatPacket } from "./packet.js";

/** The board sends what its buffers hold about ten times a second. */
const SEND_MS = 100;
const BOOT = "\n\n Serial initialized.\nSD-Card NOT DETECTED\nEmotiBit ready\n";
const BATTERY_EACH = 50;

/** Behaves as a board whose firmware is in its test mode: silent until it is asked for tags. */
export class EmotiBitEmulator implements DeviceEmulator {
  readonly #asked = new Map<string, number>();
  #command = "";
  #elapsedMs = 0;
  #sends = 0;
  #packets = 0;

  constructor(
    private readonly tags: readonly string[],
    private readonly streams: readonly StreamDescriptor[],
    private readonly signal: EmulatedSignal,
  ) {}

  boot(): Uint8Array {
    return Buffer.from(BOOT);
  }

  receive(bytes: Uint8Array): Uint8Array {
    let answer = "";
    for (const character of Buffer.from(bytes).toString("latin1")) {
      if (character === "@") this.#command = "";
      this.#command += character;
      const [, sign, tag] = /^@S([+-]),(..)~$/.exec(this.#command) ?? [];
      if (tag === undefined || !this.tags.includes(tag)) continue;
      if (sign === "-") this.#asked.delete(tag);
      // A tag starts with the sample that is measured next.
      else if (!this.#asked.has(tag)) this.#asked.set(tag, this.#sends);
      answer += `FactoryTestMessage: S${sign}\nSERIAL_DATA_${sign === "+" ? "ON" : "OFF"}: ${tag}\n`;
    }
    return Buffer.from(answer);
  }

  advance(ms: number): Uint8Array {
    this.#elapsedMs += ms;
    let lines = "";
    for (; (this.#sends + 1) * SEND_MS <= this.#elapsedMs; this.#sends++) lines += this.#send();
    return Buffer.from(lines);
  }

  #send(): string {
    let lines = "";
    for (const [id, tag] of this.tags.entries()) {
      const first = this.#asked.get(tag);
      if (first === undefined) continue;
      const { rate } = this.streams[id]!;
      const until = (sends: number): number => Math.floor((sends * SEND_MS * rate) / 1000);
      const from = until(this.#sends);
      const to = until(this.#sends + 1);
      if (to === from) continue;
      const values = Array.from({ length: to - from }, (_, i) =>
        this.signal(id, 0, from + i - until(first)).toFixed(4),
      );
      lines += formatPacket(Math.round(((to - 1) * 1000) / rate), this.#packets++, tag, values);
    }
    if (this.#asked.size > 0 && this.#sends % BATTERY_EACH === 0)
      lines += formatPacket(this.#sends * SEND_MS, this.#packets++, "B%", ["87"]);
    return lines;
  }
}
