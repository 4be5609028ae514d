import { readFileSync } from "node:fs";
import { readRecording } from "biox-edge";
import { expect } from "vitest";
import type { Line } from "./biox.js";
import { Arrivals, expectTimes, type Stored, type TimeError, type Truth, timeErrors } from "./true-times.js";
import type { Wire } from "./wires.js";

/** The times of samples are written, and those of windows told, to this. */
const ROUNDING_MS = 0.01;

/** What `biox run --record` has written of a source of one stream: when its bytes arrived, and the time of each sample. */
export class RecordedRun {
  private constructor(
    private readonly wire: Wire,
    private readonly arrivals: Arrivals,
    private readonly samples: readonly Stored[],
  ) {}

  /**
   * @param recording file of the recording; its samples are beside it
   * @param first serial number of sample 0 of the stream
   * @param wire that of a device whose numbers tell the serial number
   * @param stream id of its stream
   */
  static async read(recording: string, wire: Wire, first: number, stream = 0): Promise<RecordedRun> {
    const arrivals = new Arrivals(wire, stream);
    for await (const { bytes, arrival } of (await readRecording(recording)).chunks()) arrivals.push(bytes, arrival);
    const rows = readFileSync(recording.replace(/\.bioxrec$/, ".csv"), "utf8")
      .trim()
      .split("\n")
      .slice(1);
    const samples = rows.flatMap((row): Stored[] => {
      const [time, sample, value] = row.split(",");
      return value === "" ? [] : [{ value: first + Number(sample), time: Number(time), after: false }];
    });
    return new RecordedRun(wire, arrivals, samples);
  }

  /** When a device that takes its samples at equal times, and numbers them from 0, took each, by the least delayed one. */
  evenly(samples: number): Truth {
    const period = 1000 / this.wire.rate;
    const sent = Array.from({ length: samples }, (_, n) => n);
    const even = { sent, taken: sent.map((n) => n * period) };
    const begin = Math.min(...this.arrivals.delays(even).values());
    return { sent, taken: even.taken.map((time) => time + begin) };
  }

  /** Every sample, and every window of these answers, has the time at which it was taken, as far as what arrived can tell. */
  expectTimes(answers: readonly Line[], device: Truth, first: number): void {
    expectTimes(this.samples, this.arrivals, device, this.wire);
    const errors = timeErrors(this.samples, this.arrivals, device, this.wire);
    for (const { t, window } of answers) {
      const [begin, last] = [first + window[0], first + window[1] - 1];
      expectWithin(errors, begin, t[0] - device.taken[begin]!);
      expectWithin(errors, last, t[1] - 1000 / this.wire.rate - device.taken[last]!);
    }
  }
}

/** Holds an end of a window to what its sample is held to; one that was lost lies between those that were not. */
function expectWithin(errors: readonly TimeError[], serial: number, error: number): void {
  const after = errors.findIndex((known) => known.serial >= serial);
  const near = errors.slice(errors[after]?.serial === serial ? after : after - 1, after + 1);
  expect(near.length).toBeGreaterThan(0);
  expect(error, `ms by which a window at sample ${serial} is early`).toBeGreaterThan(
    Math.min(...near.map(({ earliest }) => earliest)) - ROUNDING_MS,
  );
  expect(error, `ms by which a window at sample ${serial} is late`).toBeLessThanOrEqual(
    Math.max(...near.map(({ latest }) => latest)) + ROUNDING_MS,
  );
}
