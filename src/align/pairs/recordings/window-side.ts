import { prepareAt } from "../../../engine/preparation.js";
import { BioxError } from "../../../errors.js";
import type { LivePreparation, Preparation, PreparedArray, Step } from "../../../prepare/index.js";
import type { Part } from "./read-part.js";
import { RowStore } from "./row-store.js";
import type { SideSpec } from "./schema.js";

/** Prepares the windows of one modality, recording after recording, as a run does: filters with a state go on from sample to sample. */
export class WindowSide {
  #store: RowStore | undefined;

  /**
   * @param name of the modality, for messages
   * @param seconds length of a window
   */
  constructor(
    private readonly name: string,
    private readonly spec: SideSpec,
    private readonly steps: readonly Step[],
    private readonly seconds: number,
  ) {}

  /** Windows so far; undefined before the first. */
  get store(): RowStore | undefined {
    return this.#store;
  }

  /** @throws BioxError PREPARE_INVALID where the steps do not fit the recording's rate, or give another shape than for those before */
  begin(part: Part): SideOfRecording {
    const { channels, rate } = { channels: this.spec.columns.length, rate: this.spec.rate };
    const signal = { channels, seconds: this.seconds, rate };
    const { preparation, causal } = prepareAt(this.steps, signal, part.rate, `'${this.name}.prepare'`);
    const { dtype, shape } = preparation.output;
    this.#store ??= new RowStore(this.name, shape, dtype.startsWith("int"));
    if (part.signal.length === channels && this.#store.shape.join() === shape.join())
      return new SideOfRecording(part, preparation, causal, this.#store);
    throw new BioxError(
      "FILE_INVALID",
      `${part.file} at ${part.rate} Hz gives windows of [${shape.join(", ")}] from ${part.signal.length} columns, but recordings before it gave [${this.#store.shape.join(", ")}] from ${channels}.`,
      "Begin 'prepare' with a resample step to a fixed number of samples.",
    );
  }
}

/** One recording on one side. */
class SideOfRecording {
  readonly #out: PreparedArray;
  readonly #live: LivePreparation | undefined;
  #pushed = 0;

  constructor(
    private readonly part: Part,
    private readonly preparation: Preparation,
    causal: boolean,
    private readonly store: RowStore,
  ) {
    this.#out = preparation.createOutput();
    this.#live = causal ? preparation.createLive() : undefined;
  }

  /** Whether a window that ends at a time has all its samples. */
  isWhole(time: number): boolean {
    return this.part.clock.isWhole(time, this.preparation.input.samples);
  }

  /** Prepares the window that ends at a time, and keeps it. Times ascend. */
  take(time: number): void {
    const end = this.part.clock.before(time);
    const begin = end - this.preparation.input.samples;
    if (this.#live) {
      this.#push(this.#live, end);
      this.#live.prepare(this.#out);
    } else
      this.preparation.prepareWindow(
        this.part.signal.map((column) => column.slice(begin, end)),
        this.#out,
      );
    this.store.append(this.#out);
  }

  /** Filters begin anew behind a gap. */
  #push(live: LivePreparation, end: number): void {
    const gap = this.part.clock.gaps.findLast((at) => at >= this.#pushed && at < end);
    if (gap !== undefined) {
      live.reset();
      this.#pushed = gap;
    }
    const { samples } = this.preparation.input;
    for (; this.#pushed < end; this.#pushed += samples) {
      const next = Math.min(end, this.#pushed + samples);
      live.push(
        this.part.signal.map((column) => column.slice(this.#pushed, next)),
        next - this.#pushed,
      );
    }
    this.#pushed = end;
  }
}
