/**
 * Views of the first n items of one array, each made once: handing out the same lengths again and again, as a steady
 * stream of frames does, then allocates nothing.
 */
export class PrefixViews<T extends Uint8Array | Float64Array> {
  readonly #whole: T;
  readonly #views: T[] = [];

  constructor(whole: T) {
    this.#whole = whole;
  }

  /** The first `length` items. */
  prefix(length: number): T {
    let view = this.#views[length];
    if (view === undefined) {
      view = this.#whole.subarray(0, length) as T;
      this.#views[length] = view;
    }
    return view;
  }
}
