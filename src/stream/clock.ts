import { LineFit } from "./line-fit.js";

/**
 * Device time to host time for one stream.
 *
 * Bytes arrive late, never early: USB adapters hold them for up to 16 ms and the operating system adds its own delay. So of each second
 * of arrivals only the least delayed one counts (the idea of NTP's clock filter, RFC 5905 section 10). Through these runs a line, by
 * recursive least squares: its slope is the drift of the device's clock. Seconds that lie far above it were held up and are left out.
 * The line is then lowered to the least delayed of the last minutes, since delay is what makes arrivals late, never what makes them early.
 */

/** Least delayed arrivals are picked from spans of this length, ms. */
const BUCKET_MS = 1000;
/** Spans that the line follows: drift of a crystal changes with its temperature, over minutes. */
const MEMORY = 600;
/**
 * Spans whose least delay sets the offset. Packets whose period beats slowly with that of a latency timer are all late for minutes on end;
 * the offset must remember the times in between.
 */
const RECENT = 300;
/** Spans over which agreement is counted. */
const AGREEING = 60;
/** Spans before the line is trusted to tell which arrivals are late. */
const SETTLING = 5;
/** Later than this (a latency timer and a little more), and than four standard deviations, a span was held up, ms. */
const LATE_MS = 20;
/** So many spans in a row that were "held up" show that time has jumped: samples were lost without a count, or the path became longer. */
const ASTRAY = 5;
/** A second jump within so many spans shows that the slope is wrong, too. */
const JUMPY = 30;
/**
 * Standard deviation of slopes that are expected: crystals and resonators are off by less than 0.1 %, sample rates that somebody wrote
 * down by up to a tenth. In units of ms, for points that scatter by 1 ms.
 */
const SLOPE_SCALE = { device: 1e-3, count: 0.1 } as const;

/** What is known of a stream's clock. */
export interface ClockReport {
  /** The device's own clock, or samples counted at the nominal rate because the device sends no time. */
  clock: "device" | "count";
  /** How much faster than the host's clock the device's runs, parts per million, and the standard error of that. */
  driftPpm: number;
  driftErrorPpm: number;
  /** Standard deviation of the least delay of a second, ms. */
  jitterMs: number;
  /** Share of the last 60 seconds that agree with the estimate, 0 to 1; seconds that have not been count as ones that do not. */
  confidence: number;
}

export class StreamClock {
  private fit: LineFit;
  private bucket: { end: number; x: number; offset: number } | undefined;
  /** Least delayed points of the last spans, newest last, and whether each agreed with the line. */
  private recent: { x: number; offset: number; agrees: boolean }[] = [];
  private floor = Number.POSITIVE_INFINITY;
  private astray = 0;
  /** Arrival of the last span that counted. */
  private astrayAt = Number.NEGATIVE_INFINITY;
  private sinceJump = Number.POSITIVE_INFINITY;
  private jumped = 0;
  private last = Number.NEGATIVE_INFINITY;

  /**
   * @param speed device seconds per host second: 1, or more where an emulator plays faster than real time
   * @param kind whether device times are those of a clock, or counted samples
   */
  constructor(
    readonly speed: number,
    readonly kind: "device" | "count" = "device",
  ) {
    this.fit = this.newFit();
  }

  /** Forgets everything: the device restarted. Host times still never run backwards. */
  restart(): void {
    this.fit = this.newFit();
    this.bucket = undefined;
    this.recent = [];
    this.floor = Number.POSITIVE_INFINITY;
    this.countAstray(false, 0);
    this.sinceJump = Number.POSITIVE_INFINITY;
    this.jumped = 0;
  }

  /** Host ms by which the line has jumped since this was asked last. */
  takeJump(): number {
    const { jumped } = this;
    this.jumped = 0;
    return jumped;
  }

  /**
   * Notes one arrival and returns the host time of that instant of the device clock.
   *
   * @param deviceMs unwrapped device time of the newest sample of a block, ms
   * @param arrivalMs host epoch ms at which the block arrived
   */
  observe(deviceMs: number, arrivalMs: number): number {
    const x = deviceMs / this.speed;
    const offset = arrivalMs - x;
    if (this.bucket && x >= this.bucket.end) this.closeBucket();
    if (!this.bucket) this.bucket = { end: x + BUCKET_MS, x, offset };
    else if (this.above(x, offset) < this.above(this.bucket.x, this.bucket.offset)) {
      this.bucket.x = x;
      this.bucket.offset = offset;
    }
    this.floor = Math.min(this.floor, this.above(x, offset));
    return this.toHost(deviceMs);
  }

  /** Host epoch ms of a device time in ms; never earlier than a time it gave before. */
  toHost(deviceMs: number): number {
    this.last = Math.max(this.last, this.expect(deviceMs));
    return this.last;
  }

  /** Host epoch ms of a device time by what is known so far, without noting anything; infinite before the first arrival. */
  expect(deviceMs: number): number {
    const x = deviceMs / this.speed;
    return x + this.line(x) + this.floor;
  }

  /** Device seconds that pass in a second of the host, over `speed`: 1 for a perfect clock. */
  get pace(): number {
    return 1 / (1 + this.slope);
  }

  /** Seconds of arrivals that the estimate rests on. */
  get points(): number {
    return this.fit.points;
  }

  report(): ClockReport {
    const agreeing = this.recent.slice(-AGREEING).filter(({ agrees }) => agrees).length;
    return {
      clock: this.kind,
      driftPpm: (this.pace - 1) * 1e6,
      driftErrorPpm: this.fit.slopeError * 1e6,
      jitterMs: this.fit.deviation,
      confidence: agreeing / AGREEING,
    };
  }

  private newFit(): LineFit {
    return new LineFit(MEMORY, SLOPE_SCALE[this.kind]);
  }

  private get slope(): number {
    return this.fit.points < 2 ? 0 : this.fit.slope;
  }

  private line(x: number): number {
    return this.fit.points < 2 ? 0 : this.fit.at(x);
  }

  private above(x: number, offset: number): number {
    return offset - this.line(x);
  }

  private closeBucket(): void {
    const { x, offset } = this.bucket!;
    this.bucket = undefined;
    const settled = this.fit.points >= SETTLING;
    const late = settled && this.above(x, offset) > Math.max(LATE_MS, 4 * this.fit.deviation);
    this.countAstray(late, x + offset);
    this.sinceJump++;
    if (!late) this.fit.add(x, offset);
    this.recent.push({ x, offset, agrees: !late });
    if (this.astray === ASTRAY) this.jump();
    if (this.recent.length > RECENT) this.recent.shift();
    this.floor = Number.POSITIVE_INFINITY;
    for (const point of this.recent) this.floor = Math.min(this.floor, this.above(point.x, point.offset));
  }

  /** Spans that arrive all at once were held up together and count as one: a jump stays for as many seconds of the host. */
  private countAstray(late: boolean, arrival: number): void {
    if (!late) {
      this.astray = 0;
      this.astrayAt = Number.NEGATIVE_INFINITY;
    } else if (arrival - this.astrayAt >= BUCKET_MS / 2) {
      this.astray++;
      this.astrayAt = arrival;
    }
  }

  private jump(): void {
    const late = this.recent.slice(-ASTRAY).map((point) => this.above(point.x, point.offset));
    const by = Math.min(...late) - this.floor;
    const again = this.sinceJump < JUMPY;
    if (again) this.fit = this.newFit();
    else this.fit.shift(by);
    this.recent = this.recent.slice(-1);
    this.countAstray(false, 0);
    this.sinceJump = 0;
    this.jumped += by;
  }
}
