import type { RingWriter } from "./ring.js";

/** Samples that are written at once. */
const CHUNK = 1024;

/**
 * Fills lost slots with a straight line between the neighbours, marked as lost: a filter then rings least, and the mark says
 * that nothing was measured there.
 */
export class GapFiller {
  private readonly chunk: Float64Array;

  constructor(
    private readonly ring: RingWriter,
    private readonly channels: number,
  ) {
    this.chunk = new Float64Array(CHUNK * channels);
  }

  /**
   * @param before,after values of the samples on both sides, one for each channel
   * @param from,until host times of those two, ms; lost samples lie evenly between them
   * @param usual host ms between two samples that were not lost
   */
  fill(
    samples: number,
    before: Float64Array,
    after: Float64Array,
    from: number,
    until: number,
    usual: number,
    received: number,
  ): void {
    const { channels, chunk, ring } = this;
    const period = Math.max(0, Math.min(usual, (until - from) / (samples + 1)));
    // Of a gap longer than the ring only its end can be read.
    const skipped = Math.max(0, samples - ring.capacity);
    if (skipped > 0) ring.skip(skipped);
    for (let done = skipped; done < samples; done += CHUNK) {
      const n = Math.min(CHUNK, samples - done);
      for (let i = 0; i < n; i++) {
        const share = (done + i + 1) / (samples + 1);
        // Weighted, not a difference: that of two huge values overflows.
        for (let c = 0; c < channels; c++) chunk[i * channels + c] = before[c]! * (1 - share) + after[c]! * share;
      }
      ring.write(chunk, n, until - (samples - done) * period, period, received, true);
    }
  }
}
