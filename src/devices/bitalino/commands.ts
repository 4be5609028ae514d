import type { BitalinoSetup } from "./options.js";

export const STOP = 0x00;
/** Ends any mode, and is not taken for a battery threshold where there is none to end, as STOP would be. */
export const IDLE = 0xff;
export const VERSION = 0x07;
export const START_LIVE = 0x01;
export const START_SIMULATED = 0x02;

/** Bits 6 and 7 of the command that sets the rate, by rate. */
export const RATES = [1, 10, 100, 1000];

export function setRate(rate: number): number {
  return (RATES.indexOf(rate) << 6) | 0x03;
}

export function start({ inputs, simulated }: Pick<BitalinoSetup, "inputs" | "simulated">): number {
  const mask = inputs.reduce((bits, input) => bits | (1 << (input - 1)), 0);
  return (mask << 2) | (simulated ? START_SIMULATED : START_LIVE);
}
