import { OPENVIEW_HEADER_BYTES, openViewRule } from "../../framing/openview.js";
import { SlidingFramer } from "../../framing/sliding.js";
import { emptyFramerStats } from "../../framing/types.js";
import type { DeviceDecoder, DeviceMessage, LinkStats, StreamDescriptor } from "../types.js";

export type OnMessage = (message: DeviceMessage) => void;

/** What one kind of board puts into OpenView frames. It keeps what it needs between frames; a reset makes a new one. */
export interface OpenViewBoard {
  readonly name: string;
  /** Length of the longest payload. */
  readonly longest: number;
  /** Whether data of this type has this length; undefined for a type that carries no data. */
  fits(type: number, length: number): boolean | undefined;
  /** Whether the values are possible; they are checked because the frame has no check sum. */
  plausible(bytes: Uint8Array, payload: number, type: number, length: number): boolean;
  /** What a first frame of this type shows: asked once. */
  describe(type: number): { firmware: string; streams: StreamDescriptor[] };
  /** Takes a frame of data; false where it cannot be one of what was described. */
  take(bytes: Uint8Array, payload: number, type: number, length: number, onMessage: OnMessage): boolean;
}

/** Decoder of all boards that send OpenView frames. */
export class OpenViewDecoder implements DeviceDecoder {
  readonly link: LinkStats = { ...emptyFramerStats(), undescribed: 0 };
  readonly #framer: SlidingFramer;
  #board: OpenViewBoard;
  #described = false;
  #onMessage: OnMessage = () => {};

  constructor(private readonly makeBoard: () => OpenViewBoard) {
    this.#board = makeBoard();
    const rule = openViewRule(
      this.#board.longest,
      (type, length) => this.#board.fits(type, length),
      (bytes, payload, type, length) => this.#board.plausible(bytes, payload, type, length),
    );
    this.#framer = new SlidingFramer(rule, this.link);
  }

  push(chunk: Uint8Array, onMessage: OnMessage): void {
    this.#onMessage = onMessage;
    this.#framer.push(chunk, this.#take);
  }

  reset(): void {
    this.#framer.reset();
    this.link.undescribed = 0;
    this.#board = this.makeBoard();
    this.#described = false;
  }

  readonly #take = (bytes: Uint8Array, at: number): void => {
    const length = bytes[at + 2]! | (bytes[at + 3]! << 8);
    const type = bytes[at + 4]!;
    if (!this.#board.fits(type, length)) {
      this.link.undescribed++;
      return;
    }
    if (!this.#described) {
      this.#described = true;
      this.#onMessage({ type: "hello", device: this.#board.name, ...this.#board.describe(type) });
    }
    if (!this.#board.take(bytes, at + OPENVIEW_HEADER_BYTES, type, length, this.#onMessage)) this.link.undescribed++;
  };
}
