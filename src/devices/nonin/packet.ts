import { PACKET_FRAMES } from "./frame.js";

const HR_MISSING = 511;
/** Highest rate that the modules measure. */
const HIGHEST_RATE = 321;

const TIMER_PERIOD = 1 << 14;
/** A jump of the timer beyond an hour is a restart, not a loss. */
const LONGEST_LOSS_PACKETS = 3 * 3600;

/** What the 25 frames of a packet say together. */
export class Packet {
  readonly #extras = new Uint8Array(PACKET_FRAMES);
  #status = 0;
  #frames = 0;
  #next = -1;

  /** Adds a frame; true when it completes a packet whose frames all came. */
  add(index: number, position: number, status: number, extra: number): boolean {
    if (position === 0) this.#frames = this.#status = 0;
    else if (index !== this.#next) this.#frames = -PACKET_FRAMES;
    this.#next = index + 1;
    this.#frames++;
    this.#status |= status;
    this.#extras[position] = extra;
    return this.#frames === PACKET_FRAMES;
  }

  reset(): void {
    this.#next = -1;
    this.#frames = 0;
  }

  /** Beats a minute, average of four beats; NaN where missing. */
  get pulseRate(): number {
    const rate = ((this.#extras[0]! & 3) << 7) | (this.#extras[1]! & 0x7f);
    return rate === 0 || rate === HR_MISSING || rate > HIGHEST_RATE ? Number.NaN : rate;
  }

  /** %, average of four beats; NaN where missing. */
  get spo2(): number {
    const spo2 = this.#extras[2]! & 0x7f;
    return spo2 === 0 || spo2 > 100 ? Number.NaN : spo2;
  }

  /** Packets counted by the device, modulo 2^14. */
  get timer(): number {
    return ((this.#extras[5]! & 0x7f) << 7) | (this.#extras[6]! & 0x7f);
  }

  /** All bits that any of the frames had. */
  get status(): number {
    return this.#status;
  }
}

/** Packets in a row that may contradict the timer before it is taken for one that does not count packets. */
const MOST_DOUBTS = 3;

/**
 * Counts packets that are lost as a whole, which the SYNC bit cannot show, by the device's timer. Modules whose timer stands
 * still are left alone: it is believed once it has counted each of two packets.
 */
export class PacketTimer {
  #last = -1;
  #index = 0;
  #steady = 0;
  #doubted = 0;
  #doubts = 0;

  /**
   * Takes the timer of the packet that begins with frame `index`: 0 where it agrees with the frames counted. Where it does not,
   * undefined: the packet may be the begin of one and the end of another. Once the next packet says the same, how many
   * packets are missing.
   */
  take(timer: number, index: number): number | undefined {
    const counted = (index - this.#index) / PACKET_FRAMES;
    const missing = (((timer - this.#last - counted) % TIMER_PERIOD) + TIMER_PERIOD) % TIMER_PERIOD;
    const known = this.#last >= 0;
    if (known && missing === 0) this.#steady++;
    else if (known && this.#steady >= 2 && this.#doubts < MOST_DOUBTS) {
      this.#doubts++;
      const again = missing === this.#doubted && missing <= LONGEST_LOSS_PACKETS;
      this.#doubted = missing;
      if (!again) return undefined;
      this.#agree(timer, index + missing * PACKET_FRAMES);
      return missing;
    } else this.#steady = 0;
    this.#agree(timer, index);
    return 0;
  }

  #agree(timer: number, index: number): void {
    this.#last = timer;
    this.#index = index;
    this.#doubts = this.#doubted = 0;
  }

  reset(): void {
    this.#last = -1;
    this.#steady = this.#doubts = this.#doubted = 0;
  }
}
