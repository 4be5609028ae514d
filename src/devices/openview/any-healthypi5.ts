import type { OnMessage, OpenViewBoard } from "./decoder.js";
import { HealthyPi5 } from "./healthypi5.js";
import { HealthyPi5Firmware1, type Temperature } from "./healthypi5-firmware1.js";

/** HealthyPi 5 of either firmware: the first frame shows which, since their types and lengths differ. */
export class AnyHealthyPi5 implements OpenViewBoard {
  readonly name = "HealthyPi 5";
  readonly #one: OpenViewBoard;
  readonly #two: OpenViewBoard = new HealthyPi5();
  #board: OpenViewBoard | undefined;

  constructor(temperature: Temperature) {
    this.#one = new HealthyPi5Firmware1(temperature);
  }

  get longest(): number {
    return Math.max(this.#one.longest, this.#two.longest);
  }

  fits(type: number, length: number): boolean | undefined {
    return this.#one.fits(type, length) ?? this.#two.fits(type, length);
  }

  plausible(bytes: Uint8Array, payload: number, type: number, length: number): boolean {
    return this.#of(type, length).plausible(bytes, payload, type, length);
  }

  describe(type: number) {
    this.#board = this.#two.fits(type, this.#two.longest) ? this.#two : this.#one;
    return this.#board.describe(type);
  }

  take(bytes: Uint8Array, payload: number, type: number, length: number, onMessage: OnMessage): boolean {
    const board = this.#of(type, length);
    return board === this.#board && board.take(bytes, payload, type, length, onMessage);
  }

  #of(type: number, length: number): OpenViewBoard {
    return this.#one.fits(type, length) ? this.#one : this.#two;
  }
}
