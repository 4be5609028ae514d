import { FRAME_BYTES, PACKET_FRAMES } from "./frame.js";

/** Frames that may wait for a SYNC: four packets. */
const LONGEST_SEARCH = 4 * PACKET_FRAMES;

/** A frame whose place is known: `index` counts frames from the first one of the link, lost ones included. */
export type OnPlaced = (index: number, position: number, status: number, pleth: number, extra: number) => void;

interface Waiting {
  slot: number;
  status: number;
  pleth: number;
  extra: number;
}

/**
 * Finds the place of every frame in its packet of 25, from the SYNC bit of the first one. The wire has no other counter, so
 * this is how lost frames are counted: exact as long as fewer than 13 more or fewer are lost than the skipped bytes suggest.
 *
 * While the place is known, frames are passed on at once. After an error they wait for the next SYNC, at most a third of a
 * second, and are then passed on with the numbers that fit both ends.
 */
export class PacketAlignment {
  /** Number and place that the next frame has if none is lost. */
  #index = 0;
  #position = 0;
  #known = false;
  /** A SYNC has been seen. */
  #placed = false;
  /** The last frame had a SYNC where none was expected: it waits for one more frame, since one that fits may be chance. */
  #doubtful = false;
  /** Frames in a row without an error between them. */
  #run = 0;
  /** Slots since the place was known, and the frames in them. */
  #slots = 0;
  readonly #waiting: Waiting[] = Array.from({ length: LONGEST_SEARCH }, () => ({
    slot: 0,
    status: 0,
    pleth: 0,
    extra: 0,
  }));
  #waitingCount = 0;

  constructor(readonly onPlaced: OnPlaced) {}

  reset(): void {
    this.#index = this.#position = this.#run = this.#slots = this.#waitingCount = 0;
    this.#known = this.#placed = this.#doubtful = false;
  }

  /** Frames that are known to be lost from the outside, whole packets of them. */
  advance(packets: number): void {
    this.#index += packets * PACKET_FRAMES;
  }

  /**
   * Takes the next frame that fits, and how many bytes were skipped before it. False when 25 frames in a row had no SYNC:
   * then these bytes are no frames.
   */
  take(skipped: number, sync: boolean, status: number, pleth: number, extra: number): boolean {
    const doubtful = this.#doubtful;
    this.#doubtful = false;
    if (skipped > 0) {
      if (this.#placed || this.#waitingCount > 0) this.#slots += Math.round(skipped / FRAME_BYTES);
      // Frames that wait and those from here on do not line up, so one of them is made of the wrong bytes.
      if (doubtful || skipped % FRAME_BYTES !== 0) this.#waitingCount = 0;
      this.#lose();
    } else if (doubtful) {
      if (sync) this.#waitingCount = 0;
      else this.#place(this.#slots - 1);
    } else if (this.#known && (this.#position === 0) !== sync) {
      this.#lose();
      this.#doubtful = sync;
    }
    this.#run++;
    if (!this.#known && sync && !this.#doubtful) this.#place(this.#slots);
    if (!this.#known) return this.#wait(status, pleth, extra);
    const index = this.#index++;
    const position = this.#position;
    this.#position = (position + 1) % PACKET_FRAMES;
    this.onPlaced(index, position, status, pleth, extra);
    return true;
  }

  #lose(): void {
    this.#known = false;
    this.#run = 0;
  }

  /** The frame of slot `sync` begins a packet: passes on the frames that wait, with the numbers that follow from it. */
  #place(sync: number): void {
    const ahead = (this.#position + sync) % PACKET_FRAMES;
    // To the begin of a packet, the shorter way; but no frame comes before those that were passed on already.
    let shift = ahead === 0 || !this.#placed ? 0 : ahead <= PACKET_FRAMES / 2 ? -ahead : PACKET_FRAMES - ahead;
    const first = this.#waitingCount > 0 ? this.#waiting[0]!.slot : sync;
    if (first + shift < 0) shift += PACKET_FRAMES;
    const start = this.#index + shift;
    for (let i = 0; i < this.#waitingCount; i++) {
      const { slot, status, pleth, extra } = this.#waiting[i]!;
      this.onPlaced(start + slot, positionOf(slot - sync), status, pleth, extra);
    }
    this.#index = start + this.#slots;
    this.#position = positionOf(this.#slots - sync);
    this.#slots = this.#waitingCount = 0;
    this.#known = this.#placed = true;
  }

  #wait(status: number, pleth: number, extra: number): boolean {
    const slot = this.#slots++;
    if (this.#run >= PACKET_FRAMES || this.#waitingCount === LONGEST_SEARCH) {
      this.#waitingCount = this.#run = 0;
      return false;
    }
    const waiting = this.#waiting[this.#waitingCount++]!;
    waiting.slot = slot;
    waiting.status = status;
    waiting.pleth = pleth;
    waiting.extra = extra;
    return true;
  }
}

/** Place in its packet of the frame that comes so many after (or, negative, before) a SYNC. */
function positionOf(frames: number): number {
  return ((frames % PACKET_FRAMES) + PACKET_FRAMES) % PACKET_FRAMES;
}
