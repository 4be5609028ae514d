import { AUX_AT, COUNTER_AT, readI16 } from "./frame.js";
import { FRAMES_PER_ACCEL } from "./streams.js";

/** The counter modulo 10 at which a time-synced frame carries x; y and z are in the two behind it. */
const SYNCED_X = 7;

/**
 * Accelerometer readings out of the auxiliary bytes, 25 a second, numbered by the frames that went by: one in each ten.
 *
 * Early firmware sends a reading once and zeros until the next; later firmware repeats it. So the first of ten frames that
 * holds something new counts, at once; where nothing is new, what is repeated counts when the ten are over; and zeros
 * are no reading. In time-synced frames the axes come in frames of their own.
 */
export class AccelReadings {
  readonly #xyz = new Float64Array(3);
  #number = -1;
  #delivered = -1;
  #has = false;
  #axes = 0;

  constructor(private readonly onReading: (n: number, xyz: Float64Array) => void) {}

  reset(): void {
    this.#number = this.#delivered = -1;
    this.#has = false;
    this.#axes = 0;
    this.#xyz.fill(0);
  }

  /** The frame at `frame` has all three axes; `n` is its running number. */
  takeWhole(bytes: Uint8Array, frame: number, n: number): void {
    const number = Math.floor(n / FRAMES_PER_ACCEL);
    if (number !== this.#number) this.#deliver();
    this.#number = number;
    if (number === this.#delivered) return;
    const x = readI16(bytes, frame + AUX_AT);
    const y = readI16(bytes, frame + AUX_AT + 2);
    const z = readI16(bytes, frame + AUX_AT + 4);
    if (x === 0 && y === 0 && z === 0) return;
    const isNew = x !== this.#xyz[0] || y !== this.#xyz[1] || z !== this.#xyz[2];
    this.#xyz[0] = x;
    this.#xyz[1] = y;
    this.#xyz[2] = z;
    this.#has = true;
    if (isNew || n % FRAMES_PER_ACCEL === FRAMES_PER_ACCEL - 1) this.#deliver();
  }

  /** A frame with a time stamp and, on three of ten counters, one axis. */
  takeSynced(bytes: Uint8Array, frame: number, n: number): void {
    const axis = (bytes[frame + COUNTER_AT]! % 10) - SYNCED_X;
    if (axis < 0) return;
    if (axis === 0) this.#axes = 0;
    if (axis !== this.#axes) return;
    this.#xyz[axis] = readI16(bytes, frame + AUX_AT);
    this.#axes = axis + 1;
    if (this.#axes < 3) return;
    this.#axes = 0;
    this.#number = Math.floor(n / FRAMES_PER_ACCEL);
    this.#has = true;
    this.#deliver();
  }

  #deliver(): void {
    if (!this.#has || this.#number <= this.#delivered) return;
    this.#has = false;
    this.#delivered = this.#number;
    this.onReading(this.#number, this.#xyz);
  }
}
