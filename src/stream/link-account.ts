import type { DeviceMessage, LinkStats } from "../devices/types.js";

/** What a link has carried, and what it has lost. */
export interface LinkCounters {
  bytes: number;
  frames: number;
  /** Samples delivered, of all streams. */
  samples: number;
  crcErrors: number;
  framingErrors: number;
  resyncs: number;
  /** Jumps of the running number of a stream. */
  sequenceGaps: number;
  /** Samples that the jumps leave out. */
  lostSamples: number;
  oversize: number;
}

/** A jump of more than an hour is a counter that began anew, not a loss. */
const LONGEST_LOSS_S = 3600;

/** Counts samples and, from the jumps of their running numbers, those that are missing. */
export class LinkAccount {
  #samples = 0;
  #gaps = 0;
  #lost = 0;
  readonly #streams = new Map<number, { next: number | undefined; most: number }>();

  take(message: DeviceMessage): void {
    if (message.type === "samples") {
      const { block } = message;
      this.#samples += block.count;
      const stream = this.#streams.get(block.stream);
      if (!stream) return;
      if (!block.restarted) this.#reach(stream, block.index);
      stream.next = (block.index + block.count) >>> 0;
    } else if (message.type === "hello")
      for (const { id, next, rate } of message.streams) {
        const known = this.#streams.get(id);
        if (!known) this.#streams.set(id, { next, most: LONGEST_LOSS_S * rate });
      }
    else if (message.type === "end")
      for (const { id, samples } of message.streams) {
        const stream = this.#streams.get(id);
        if (stream) this.#reach(stream, samples >>> 0);
      }
  }

  /** @param link of the decoder whose messages were taken */
  counters({ bytes, frames, crcErrors, framingErrors, resyncs, oversize }: LinkStats): LinkCounters {
    return {
      bytes,
      frames,
      samples: this.#samples,
      crcErrors,
      framingErrors,
      resyncs,
      sequenceGaps: this.#gaps,
      lostSamples: this.#lost,
      oversize,
    };
  }

  #reach(stream: { next: number | undefined; most: number }, index: number): void {
    if (stream.next === undefined) return;
    const step = (index - stream.next) | 0;
    if (step <= 0 || step > stream.most) return;
    this.#gaps++;
    this.#lost += step;
  }
}
