import { EmulatedClock } from "../emulated-clock.js";
import type { DeviceEmulator, EmulatedSignal } from "../types.js";
import { ACK, Opcode } from "./answers.js";
import { shimmerChannel } from "./channels.js";
import { type CrcBytes, withCrc } from "./crc.js";
import type { ShimmerSettings } from "./decoder.js";
import { encodePacket, TICKS_PER_SECOND } from "./layout.js";

/** 128 Hz, the low-noise accelerometer and the optical sensor: what a GSR+ unit is usually set to, but for the GSR. */
const DIVIDER = 256;
const ACC_X = 0x00;
const PPG_IDS: Record<string, number> = { a1: 0x10, a12: 0x11, a13: 0x12, a14: 0x13 };
const FIRMWARE = [3, 0, 0, 0, 16, 6];
const CONFIG_POWER_BIT = 0x01;

/** Bytes that follow each command that has any. */
const ARGUMENTS: Record<number, number> = { [Opcode.expansionPower]: 1, [Opcode.crc]: 1 };

/** An answer to an inquiry, without acknowledgement and check sum. `config` is four bytes. */
export function encodeInquiry(divider: number, config: readonly number[], ids: readonly number[]): number[] {
  return [Opcode.inquiryAnswer, divider & 255, divider >> 8, ...config, ids.length, 1, ...ids];
}

/** Behaves as a unit with LogAndStream firmware. The optical sensor gives 0 until its power is switched on. */
export class ShimmerEmulator implements DeviceEmulator {
  readonly #ids: number[];
  #crc: CrcBytes = 0;
  #powered = false;
  /** Runs while it streams. */
  #clock: EmulatedClock | undefined;
  #sent = 0;
  #command: number[] = [];

  constructor(
    private readonly settings: ShimmerSettings,
    private readonly signal: EmulatedSignal,
  ) {
    this.#ids = [ACC_X, ACC_X + 1, ACC_X + 2, PPG_IDS[settings.ppg]!];
  }

  boot(): Uint8Array {
    return new Uint8Array();
  }

  receive(bytes: Uint8Array): Uint8Array {
    const answers: Uint8Array[] = [];
    for (const byte of bytes) {
      this.#command.push(byte);
      if (this.#command.length <= (ARGUMENTS[this.#command[0]!] ?? 0)) continue;
      const answer = this.#answer(this.#command[0]!, this.#command[1] ?? 0);
      this.#command = [];
      answers.push(withCrc(Uint8Array.of(ACK, ...answer), this.#crc));
    }
    return Buffer.concat(answers);
  }

  advance(ms: number): Uint8Array {
    const packets: Uint8Array[] = [];
    for (let due = this.#clock?.advance(ms) ?? 0; due > 0; due--) packets.push(this.#packet(this.#sent++));
    return Buffer.concat(packets);
  }

  #answer(opcode: number, argument: number): number[] {
    if (opcode === Opcode.inquiry)
      return encodeInquiry(DIVIDER, [0, 0, 0, this.#powered ? CONFIG_POWER_BIT : 0], this.#ids);
    if (opcode === Opcode.firmware) return [Opcode.firmwareAnswer, ...FIRMWARE];
    if (opcode === Opcode.expansionPower) this.#powered = argument === 1;
    if (opcode === Opcode.crc) this.#crc = Math.min(2, argument) as CrcBytes;
    if (opcode === Opcode.start && !this.#clock) {
      this.#clock = new EmulatedClock(TICKS_PER_SECOND / DIVIDER);
      this.#sent = 0;
    }
    if (opcode === Opcode.stop) this.#clock = undefined;
    return [];
  }

  #packet(n: number): Uint8Array {
    const channels = this.#ids.map((id) => shimmerChannel(id, this.settings)!);
    const values = channels.map(({ name }, c) => (name === "ppg" && !this.#powered ? 0 : this.signal(0, c, n)));
    return encodePacket({ divider: DIVIDER, channels, crc: this.#crc }, n * DIVIDER, values);
  }
}
