import { EmulatedClock } from "../emulated-clock.js";
import type { DeviceEmulator, EmulatedSignal } from "../types.js";
import type { CytonSettings } from "./decoder.js";
import { AUX_AT, CHANNELS, COUNTER_AT, CYTON_FRAME_BYTES, END_AT, FrameType, START_BYTE, VALUES_AT } from "./frame.js";
import { AUX_MODES, AUX_STREAM, EXG_STREAM, FRAME_RATE, FRAMES_PER_ACCEL } from "./streams.js";

const BANNER =
  "OpenBCI V3 8-16 channel\nOn Board ADS1299 Device ID: 0x3E\nLIS3DH Device ID: 0x33\nFirmware: v3.1.2\n$$$";
/** Which of ten frames has a fresh accelerometer reading; the others are zero, as in early firmware. */
const FRESH_ACCEL = 4;

/** One frame with raw counts. `counter` is taken modulo 256. */
export function encodeCytonFrame(
  counter: number,
  values: readonly number[],
  aux: Uint8Array,
  type: number = FrameType.accel,
  start: number = START_BYTE.dongle,
): Uint8Array {
  const frame = new Uint8Array(CYTON_FRAME_BYTES);
  frame[0] = start;
  frame[COUNTER_AT] = counter;
  for (let c = 0; c < CHANNELS; c++) {
    const raw = values[c]!;
    frame.set([raw >> 16, raw >> 8, raw], VALUES_AT + 3 * c);
  }
  frame.set(aux, AUX_AT);
  frame[END_AT] = 0xc0 | type;
  return frame;
}

export function auxWords(words: readonly number[]): Uint8Array {
  return Uint8Array.from(words.flatMap((word) => [word >> 8, word]));
}

/** Behaves as a board with firmware 3 behind its dongle. */
export class CytonEmulator implements DeviceEmulator {
  /** Runs while it streams. */
  #clock: EmulatedClock | undefined;
  #sent = 0;
  /** A command of several characters that has not ended: from `x` to `X`, or `/` and a digit. */
  #pending = "";

  constructor(
    private readonly settings: CytonSettings,
    private readonly signal: EmulatedSignal,
  ) {}

  boot(): Uint8Array {
    return Buffer.from(BANNER);
  }

  receive(bytes: Uint8Array): Uint8Array {
    let answer = "";
    for (const byte of bytes) answer += this.#command(String.fromCharCode(byte));
    return Buffer.from(answer);
  }

  advance(ms: number): Uint8Array {
    const frames: Uint8Array[] = [];
    for (let due = this.#clock?.advance(ms) ?? 0; due > 0; due--) frames.push(this.#frame(this.#sent++));
    return Buffer.concat(frames);
  }

  #command(character: string): string {
    if (this.#pending !== "" || character === "x" || character === "/") return this.#longCommand(character);
    if (character === "v") {
      this.#clock = undefined;
      return BANNER;
    }
    if (character === "b" && !this.#clock) {
      this.#clock = new EmulatedClock(FRAME_RATE);
      this.#sent = 0;
    }
    if (character === "s") this.#clock = undefined;
    if (character === "C") return this.settings.boards === 2 ? "16$$$" : "no daisy to attach!8$$$";
    return "";
  }

  #longCommand(character: string): string {
    const command = this.#pending + character;
    const whole = command.startsWith("x") ? character === "X" : command.length === 2;
    this.#pending = whole ? "" : command;
    if (!whole) return "";
    return command.startsWith("x") ? `Success: Channel set for ${command[1]}$$$` : "Success: board mode set$$$";
  }

  #frame(sent: number): Uint8Array {
    const { boards, aux, link } = this.settings;
    // With a Daisy the first frame is an odd one, that of the board.
    const n = boards === 2 ? sent + 1 : sent;
    const upper = boards === 2 && n % 2 === 0;
    const sample = boards === 2 ? (n - 1) >> 1 : n;
    const values = Array.from({ length: CHANNELS }, (_, c) =>
      this.signal(EXG_STREAM, upper ? c + CHANNELS : c, sample),
    );
    const type = aux === "accel" ? FrameType.accel : FrameType.rawAux;
    return encodeCytonFrame(n, values, this.#aux(n), type, START_BYTE[link]);
  }

  #aux(n: number): Uint8Array {
    const { aux } = this.settings;
    const at = aux === "accel" ? Math.floor(n / FRAMES_PER_ACCEL) : n;
    if (aux === "accel" && n % FRAMES_PER_ACCEL !== FRESH_ACCEL) return new Uint8Array(6);
    const values = AUX_MODES[aux].channels.map((_, c) => this.signal(AUX_STREAM, c, at));
    if (aux !== "digital") return auxWords(values);
    return Uint8Array.from([...values.slice(0, 4), 0, values[4]!]);
  }
}
