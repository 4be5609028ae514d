import type { FilterState, LinearFilter } from "./filter.js";

/** A second-order section: (b0 + b1 z^-1 + b2 z^-2) / (1 + a1 z^-1 + a2 z^-2). */
export interface Section {
  readonly b0: number;
  readonly b1: number;
  readonly b2: number;
  readonly a1: number;
  readonly a2: number;
}

// Delays below this are dropped between calls: once a still signal has let them decay into subnormal numbers, each
// operation on them costs a hundred times as much, and no sample can notice them.
const NEGLIGIBLE = 1e-290;

/** A cascade of second-order sections, each in transposed direct form II. */
export class SectionFilter implements LinearFilter {
  readonly dcGain: number;
  readonly padding: number;

  constructor(readonly sections: readonly Section[]) {
    this.dcGain = sections.reduce((gain, s) => (gain * (s.b0 + s.b1 + s.b2)) / (1 + s.a1 + s.a2), 1);
    // sosfiltfilt's count of taps: sections of first order, from an odd order, count one less.
    const firstOrder = Math.min(sections.filter((s) => s.b2 === 0).length, sections.filter((s) => s.a2 === 0).length);
    this.padding = 3 * (2 * sections.length + 1 - firstOrder);
  }

  /** Whether every pole lies inside the unit circle (the stability triangle of a second-order section). */
  get stable(): boolean {
    return this.sections.every((s) => Math.abs(s.a2) < 1 && Math.abs(s.a1) < 1 + s.a2);
  }

  /** Gain in dB at `hertz` for a signal sampled at `rate` Hz, from the rounded coefficients. */
  gain(hertz: number, rate: number): number {
    const angle = (2 * Math.PI * hertz) / rate;
    const [c1, s1, c2, s2] = [Math.cos(angle), Math.sin(angle), Math.cos(2 * angle), Math.sin(2 * angle)];
    const size = (v0: number, v1: number, v2: number) => Math.hypot(v0 + v1 * c1 + v2 * c2, v1 * s1 + v2 * s2);
    return this.sections.reduce((sum, s) => sum + 20 * Math.log10(size(s.b0, s.b1, s.b2) / size(1, s.a1, s.a2)), 0);
  }

  createState(): FilterState {
    return new SectionState(this.sections);
  }
}

class SectionState implements FilterState {
  readonly #delays: Float64Array;

  constructor(private readonly sections: readonly Section[]) {
    this.#delays = new Float64Array(2 * sections.length);
  }

  run(x: Float64Array, from: number, count: number): void {
    const end = from + count;
    const delays = this.#delays;
    for (let s = 0; s < this.sections.length; s++) {
      const { b0, b1, b2, a1, a2 } = this.sections[s]!;
      let d1 = delays[2 * s]!;
      let d2 = delays[2 * s + 1]!;
      for (let i = from; i < end; i++) {
        const u = x[i]!;
        const v = b0 * u + d1;
        d1 = b1 * u - a1 * v + d2;
        d2 = b2 * u - a2 * v;
        x[i] = v;
      }
      delays[2 * s] = Math.abs(d1) < NEGLIGIBLE ? 0 : d1;
      delays[2 * s + 1] = Math.abs(d2) < NEGLIGIBLE ? 0 : d2;
    }
  }

  clear(): void {
    this.#delays.fill(0);
  }
}
