import { channel, countedStream } from "../describe.js";
import type { StreamDescriptor } from "../types.js";
import { CHANNELS } from "./frame.js";

/** Frames a second, at the rate that a dongle can carry. */
export const FRAME_RATE = 250;
/** The LIS3DH accelerometer is read 25 times a second: once in so many frames. */
export const FRAMES_PER_ACCEL = 10;

export const EXG_STREAM = 0;
export const AUX_STREAM = 1;

/** What the auxiliary bytes are taken for, and the board mode (`/` and a digit) that makes the board send it. */
export const AUX_MODES = {
  accel: { mode: "0", channels: ["accX", "accY", "accZ"] },
  analog: { mode: "2", channels: ["a5", "a6", "a7"] },
  digital: { mode: "3", channels: ["d11", "d12", "d13", "d17", "d18"] },
  raw: { mode: undefined, channels: ["aux1", "aux2", "aux3"] },
} as const;
export type AuxMode = keyof typeof AUX_MODES;

/** g in a count of the accelerometer: 0.002 / 2^4 (OpenBCI's Cyton data format, +-4 g). */
const G_PER_COUNT = 0.002 / 16;

/** Microvolts in a count of the ADS1299: reference 4.5 V over 2^23 - 1 counts, before the amplifier. */
function microvoltsPerCount(gain: number): number {
  return (4.5 / (2 ** 23 - 1) / gain) * 1e6;
}

/** What a board sends: `boards` is 1, or 2 with a Daisy, whose halves come in turn and make half the rate. */
export function cytonStreams(boards: 1 | 2, gain: number, aux: AuxMode): StreamDescriptor[] {
  const scale = microvoltsPerCount(gain);
  const names = Array.from({ length: boards * CHANNELS }, (_, i) => `ch${i + 1}`);
  const [unit, auxScale] = aux === "accel" ? (["g", G_PER_COUNT] as const) : (["adc", 1] as const);
  const auxRate = aux === "accel" ? FRAME_RATE / FRAMES_PER_ACCEL : FRAME_RATE;
  const exg = names.map((name) => channel(name, "uV", scale));
  const extra = AUX_MODES[aux].channels.map((name) => channel(name, unit, auxScale));
  return [countedStream(EXG_STREAM, "exg", FRAME_RATE / boards, exg), countedStream(AUX_STREAM, aux, auxRate, extra)];
}
