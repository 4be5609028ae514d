import type { SampleBlock, StreamDescriptor } from "../devices/types.js";
import { type ClockReport, StreamClock } from "./clock.js";
import { LineFit } from "./line-fit.js";

/** Period of the device's 32-bit microsecond clock, ms. */
const CLOCK_WRAP_MS = 2 ** 32 / 1000;
/** Device time between two points of the sample rate's line, ms, and how many of them it follows. */
const RATE_SPAN_MS = 1000;
const RATE_MEMORY = 600;
/** Sample rates that somebody wrote down are off by up to this share. */
const RATE_SCALE = 0.1;
/** Points before the rate is believed, and the relative error that it must then have. */
const RATE_POINTS = 10;
const RATE_ERROR = 1e-3;
/** Below this, host ms, and below this share of the time that samples take, a step of a stamp or a number is delay or drift, not a jump. */
const LEAST_JUMP_MS = 250;
const LEAST_JUMP_SHARE = 0.1;
/** Share of a time by which a device's own clock may be off that is not known yet: a resonator's is by half of it. */
const MOST_DRIFT = 0.01;

/** Time as it was found to be, of one stream. */
export interface TimingReport extends ClockReport {
  /** Samples a second that the device claims, and that it takes by the host's clock. Equal until the latter has been found. */
  nominalRate: number;
  rate: number;
  /** Standard error of `rate`, Hz; null until it has been found. */
  rateError: number | null;
}

/** When the samples of one stream were taken: device stamps unwrapped, device clock and sample rate estimated. */
export class StreamTiming {
  private readonly clock: StreamClock;
  private device: { index: number; timeUs: number; ms: number; arrival: number } | undefined;
  /** Samples since the first one, against device ms. */
  private rateFit: LineFit;
  private samples = 0;
  private nextPoint = 0;
  /** Samples per ms of device time, as far as is known. */
  private perMs: number;
  private clockSet = false;
  /** Host ms in which the device took no samples, by its own clock. */
  private paused = 0;

  constructor(private readonly stream: StreamDescriptor) {
    this.clock = new StreamClock(stream.speed, stream.clock);
    this.perMs = stream.rate / 1000;
    this.rateFit = this.newRateFit();
  }

  /** The device began anew. What was found about its sample rate still holds. */
  restart(): void {
    this.clock.restart();
    this.device = undefined;
    this.rateFit = this.newRateFit();
    this.samples = 0;
    this.nextPoint = 0;
  }

  /**
   * Notes the arrival of a block and returns the host time of its last sample, epoch ms.
   *
   * @param arrival host epoch ms
   */
  observe(block: SampleBlock, arrival: number): number {
    const ms = this.stream.clock === "count" ? this.counted(block) : this.stamped(block, arrival);
    if (this.device) this.samples += (block.index - this.device.index) | 0;
    this.device = { index: block.index, timeUs: block.timeUs, ms, arrival };
    if (this.stream.clock === "device") this.observeRate(ms);
    const end = this.clock.observe(ms + (block.count - 1) / this.perMs, arrival);
    // Its numbers and stamps go on, but by now all have been late for seconds: where time is counted, samples are missing (takeJump).
    if (this.stream.clock === "device" && this.clock.takeJump() > LEAST_JUMP_MS) this.clockSet = true;
    return end;
  }

  /** Host ms, 250 or more, by which time has jumped since this was asked last, beyond what running numbers explain; 0 for none. */
  takeJump(): number {
    const jump = this.stream.clock === "count" ? this.clock.takeJump() : this.paused;
    this.paused = 0;
    return jump > LEAST_JUMP_MS ? jump : 0;
  }

  /** Whether the device's clock was set, back or forth, since this was asked last: its running numbers went on, and so do times. */
  takeClockSet(): boolean {
    const { clockSet } = this;
    this.clockSet = false;
    return clockSet;
  }

  /**
   * Whether a block, if its number is true, would have been received before it was taken: so its number is not. Where the device has a
   * clock that agrees with the number, both are wrong.
   */
  isImpossible(block: SampleBlock, arrival: number): boolean {
    if (!this.device) return false;
    const counted = this.counted(block);
    if (this.stream.clock === "count") return this.isYetToCome(counted, 0, arrival);
    const stamp = this.unwrapped(block, arrival);
    return this.agree(stamp, counted)
      ? this.isYetToCome(stamp, MOST_DRIFT, arrival)
      : this.isYetToCome(counted, LEAST_JUMP_SHARE, arrival);
  }

  /** How many ms later than expected the last sample of a block arrives. */
  lateness(block: SampleBlock, arrival: number): number {
    const ms = this.stream.clock === "count" ? this.counted(block) : this.believed(block, arrival);
    return arrival - this.clock.expect(ms + (block.count - 1) / this.perMs);
  }

  /** Running numbers will leave out so many samples that the device never took; less than 0: that they do not count. */
  renumber(samples: number): void {
    if (this.device) this.device.index = (this.device.index + samples) | 0;
  }

  /** For so many host ms the device took no samples, and its clock stood still. */
  standStill(ms: number): void {
    if (!this.device) return;
    this.device.ms += ms * this.stream.speed;
    this.samples += ms * this.stream.speed * this.perMs;
  }

  /** Host ms between two samples. */
  get period(): number {
    return 1000 / this.hostRate;
  }

  report(): TimingReport {
    const clock = this.clock.report();
    const nominalRate = this.stream.rate;
    const error = Math.hypot(
      this.rateFit.points > 1 ? this.rateFit.slopeError / this.perMs : 0,
      clock.driftErrorPpm / 1e6,
    );
    const found = this.found(error);
    const { speed } = this.stream;
    return {
      ...clock,
      nominalRate,
      rate: found ? this.hostRate / speed : nominalRate,
      rateError: found ? (error * this.hostRate) / speed : null,
    };
  }

  private found(error: number): boolean {
    const points = this.stream.clock === "count" ? this.clock.points : Math.min(this.clock.points, this.rateFit.points);
    return points >= RATE_POINTS && error < RATE_ERROR;
  }

  /** Samples per host second. */
  private get hostRate(): number {
    return this.perMs * 1000 * this.stream.speed * this.clock.pace;
  }

  /** The clock wraps each 71.6 min: after an outage the time that passed here tells how often it has. */
  private unwrapped(block: SampleBlock, arrival: number): number {
    if (!this.device) return block.timeUs / 1000;
    const step = (block.timeUs - this.device.timeUs) / 1000;
    const passed = (arrival - this.device.arrival) * this.stream.speed;
    return this.device.ms + step + Math.round((passed - step) / CLOCK_WRAP_MS) * CLOCK_WRAP_MS;
  }

  private stamped(block: SampleBlock, arrival: number): number {
    const ms = this.believed(block, arrival);
    if (!this.device) return ms;
    const stamp = this.unwrapped(block, arrival);
    this.clockSet ||= ms !== stamp;
    const beyond = ms - this.counted(block);
    if (!this.agree(ms, this.counted(block))) {
      this.paused = beyond / this.stream.speed;
      // What it did not take is no sign of its rate.
      this.samples += beyond * this.perMs;
    }
    return ms;
  }

  /** Device ms of a block, by its stamp or, where that is wrong, by its number. */
  private believed(block: SampleBlock, arrival: number): number {
    const stamp = this.unwrapped(block, arrival);
    if (!this.device) return stamp;
    const counted = this.counted(block);
    if (this.agree(stamp, counted)) return stamp;
    // Time does not go back, and nothing is received before it was taken: then the clock was set. Else the device stood still.
    return stamp < counted || this.isYetToCome(stamp, MOST_DRIFT, arrival) ? counted : stamp;
  }

  /** Whether a stamp and a number, both as device ms, differ by no more than delay, drift and the rate explain. */
  private agree(stamp: number, counted: number): boolean {
    const apart = LEAST_JUMP_MS * this.stream.speed + LEAST_JUMP_SHARE * Math.abs(counted - this.device!.ms);
    return Math.abs(stamp - counted) <= apart;
  }

  /** Whether a device time is later than the arrival of what was taken then, though the time since the last block may be off by `share`. */
  private isYetToCome(ms: number, share: number, arrival: number): boolean {
    const since = Math.max(0, ms - this.device!.ms) / this.stream.speed;
    return this.clock.expect(ms) > arrival + LEAST_JUMP_MS + share * since;
  }

  private counted(block: SampleBlock): number {
    if (!this.device) return 0;
    return this.device.ms + ((block.index - this.device.index) | 0) / this.perMs;
  }

  private observeRate(ms: number): void {
    if (ms < this.nextPoint) return;
    this.nextPoint = ms + RATE_SPAN_MS;
    // Only what the nominal rate does not explain, so that the line's first guess, a slope of 0, is that rate.
    this.rateFit.add(ms, this.samples - (ms * this.stream.rate) / 1000);
    if (this.rateFit.points >= RATE_POINTS) this.perMs = this.stream.rate / 1000 + this.rateFit.slope;
  }

  private newRateFit(): LineFit {
    return new LineFit(RATE_MEMORY, (RATE_SCALE * this.stream.rate) / 1000);
  }
}
