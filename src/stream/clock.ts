import { LineFit } from "./line-fit.js";
import { type RobustLine, robustLine } from "./robust-line.js";

/**
 * Device time to host time for one stream.
 *
 * Bytes arrive late, never early: USB adapters hold them for up to 16 ms and the operating system adds its own delay. So of each second
 * of arrivals only the least delayed one counts (the idea of NTP's clock filter, RFC 5905 section 10). Through these runs a line, by
 * recursive least squares: its slope is the drift of the device's clock. Seconds that lie far above it were held up and are left out;
 * one that lies far below shows that all before it were, or that the device counted too many. In its first minute the line is laid
 * anew each second, through those that most agree on: what was held up at the very begin is then told from what was not.
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
/** So many first spans are kept, and the line is laid anew through them. */
const YOUNG = 60;
/** Spans that make a young line so sure that one which is so much below it, ms, lies behind a jump. */
const DEFINED = 3;
const EARLY_MS = 100;
/** Slopes of so many standard deviations are believed of a young line. */
const STEEPEST = 4;
/** Later than this (a latency timer and a little more), and than four standard deviations, a span was held up, ms. */
const LATE_MS = 20;
/**
 * So many spans that were "held up" by the same, with none between that was not, show that time has jumped: samples were lost without a
 * count, or the path became longer. What a busy machine holds up is late by more or less.
 */
const ASTRAY = 5;
/** A second jump within so many spans shows that the slope is wrong, too. */
const JUMPY = 30;
/**
 * Standard deviation of slopes that are expected: crystals and resonators are off by less than 0.1 %, sample rates that somebody wrote
 * down by up to a tenth.
 */
const SLOPE_SCALE = { crystal: 1e-3, written: 0.1 } as const;
/** So many spans more must lie on a line at another rate than at the one that somebody wrote down, until it is believed to be wrong. */
const CONTRADICTING = 5;

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

/** The least delayed arrival of a span, and whether it agreed with the line. */
interface Span {
  x: number;
  offset: number;
  agrees: boolean;
}

export class StreamClock {
  private fit: LineFit;
  private bucket: { end: number; x: number; offset: number } | undefined;
  /** Newest last. */
  private recent: Span[] = [];
  /** All since the line began, but those that arrived together with a later one; undefined when there are enough for it to go on by itself. */
  private young: Span[] | undefined = [];
  private floor = Number.POSITIVE_INFINITY;
  /** Jumps back, each less than `JUMPY` spans behind the one before. */
  private early = 0;
  /** Late ones, since the last that was not. */
  private astray: Span[] = [];
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
    this.fit = newFit("crystal", LATE_MS);
  }

  /** Forgets everything: the device restarted. Host times still never run backwards. */
  restart(): void {
    this.fit = newFit("crystal", LATE_MS);
    this.bucket = undefined;
    this.recent = [];
    this.young = [];
    this.early = 0;
    this.floor = Number.POSITIVE_INFINITY;
    this.astray = [];
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
    this.sinceJump++;
    const span = { x, offset, agrees: true };
    if (this.young) this.grow(this.young, span);
    else this.goOn(span);
    if (this.recent.length > RECENT) this.recent.shift();
    this.floor = Number.POSITIVE_INFINITY;
    for (const point of this.recent) this.floor = Math.min(this.floor, this.above(point.x, point.offset));
  }

  /** Lays a young line through all that agree. */
  private grow(young: Span[], span: Span): void {
    const before = young.at(-1);
    if (before && arrivedAtOnce(before, span)) {
      young.pop();
      before.agrees = false;
    }
    // Nothing arrives early: all before were late, or more was counted than was taken.
    const above = this.above(span.x, span.offset);
    if (this.fit.points >= DEFINED && above < -Math.max(EARLY_MS, 4 * this.fit.deviation)) {
      for (const point of young) point.offset += above;
      this.recent = [];
      this.sinceJump = 0;
    }
    young.push(span);
    this.recent.push(span);
    const { off, limit } = this.layThrough(young);
    // All behind a jump are late, or when they are more than the others, all before it early.
    const late = off.length - 1 - off.findLastIndex((ms) => ms <= limit);
    const early = off.findIndex((ms) => ms >= -limit);
    const isJump = (from: number): boolean => steady(off.slice(from)) >= ASTRAY;
    const at = isJump(off.length - late) ? off.length - late : isJump(early) ? early : 0;
    if (at > 0) this.jumpYoung(young, off, at);
    if (young.length >= YOUNG) this.young = undefined;
  }

  /** Returns how far each is off the line that most agree on, and how far those are at most that do. */
  private layThrough(young: readonly Span[]): { off: number[]; limit: number } {
    const [scale, { at, limit, scatter }] = this.likeliest(young);
    const off = young.map(({ x, offset }) => offset - at(x));
    this.fit = newFit(scale, scatter);
    for (const [i, span] of young.entries()) {
      span.agrees = Math.abs(off[i]!) <= limit;
      if (span.agrees) this.fit.add(span.x, span.offset);
    }
    return { off, limit };
  }

  /**
   * The line at the rate that the device claims, or where more than delays speak against that, at any other. Two or three spans that were
   * held up lie on a line, too: a device that takes what it claims must not pay for that with wrong times.
   */
  private likeliest(young: readonly Span[]): [scale: keyof typeof SLOPE_SCALE, RobustLine] {
    const claimed = robustLine(young, STEEPEST * SLOPE_SCALE.crystal, LATE_MS);
    if (this.kind === "device") return ["crystal", claimed];
    const other = robustLine(young, STEEPEST * SLOPE_SCALE.written, LATE_MS);
    const agree = agreeing(young, other);
    const contradicts = 2 * agree > young.length && agree >= agreeing(young, claimed) + CONTRADICTING;
    return contradicts ? ["written", other] : ["crystal", claimed];
  }

  /** Time has jumped at the span `at` of a young line: those before it are moved to where they would lie now. */
  private jumpYoung(young: Span[], off: readonly number[], at: number): void {
    const by = Math.min(...off.slice(at)) - Math.min(...off.slice(0, at));
    for (const span of young.slice(0, at)) span.offset += by;
    this.layThrough(young);
    this.recent = young.slice(at);
    this.sinceJump = 0;
    this.jumped += by;
  }

  private goOn(span: Span): void {
    const { x, offset } = span;
    const above = this.above(x, offset);
    const limit = Math.max(LATE_MS, 4 * this.fit.deviation);
    span.agrees = above <= limit;
    if (span.agrees) this.astray = [];
    else this.countAstray(span);
    if (above < -limit) this.jumpBack(span, above);
    else {
      if (span.agrees) this.fit.add(x, offset);
      this.recent.push(span);
      if (steady(this.astray.map((point) => this.above(point.x, point.offset))) >= ASTRAY) this.jump();
    }
  }

  private countAstray(span: Span): void {
    const before = this.astray.at(-1);
    if (before && arrivedAtOnce(before, span)) this.astray.pop();
    this.astray.push(span);
    if (this.astray.length > RECENT) this.astray.shift();
  }

  private jump(): void {
    const late = this.astray.map((point) => this.above(point.x, point.offset));
    const by = Math.min(...late) - this.floor;
    const again = this.sinceJump < JUMPY;
    this.recent = this.astray;
    if (again) this.beginAnew();
    else this.fit.shift(by);
    this.astray = [];
    this.sinceJump = 0;
    this.jumped += by;
  }

  /** Nothing arrives early: all before were late, or the device has counted samples that it never took. */
  private jumpBack(span: Span, above: number): void {
    this.early = this.sinceJump < JUMPY ? this.early + 1 : 1;
    this.sinceJump = 0;
    this.recent = [span];
    if (this.early < ASTRAY) {
      this.fit.shift(above);
      this.fit.add(span.x, span.offset);
    } else this.beginAnew();
  }

  private beginAnew(): void {
    this.early = 0;
    this.young = [...this.recent];
    this.layThrough(this.young);
  }
}

/** @param scatter standard deviation of its points, ms: a short line through such ones is as steep as one would expect, a long one as they say */
function newFit(scale: keyof typeof SLOPE_SCALE, scatter: number): LineFit {
  return new LineFit(MEMORY, SLOPE_SCALE[scale] / scatter);
}

function agreeing(spans: readonly Span[], { at }: RobustLine): number {
  return spans.filter(({ x, offset }) => Math.abs(offset - at(x)) <= LATE_MS).length;
}

/** What arrives at once was held up together: the last of it least, which is the one that counts. */
function arrivedAtOnce(before: Span, span: Span): boolean {
  return span.x + span.offset - (before.x + before.offset) < BUCKET_MS / 2;
}

/** How many of these delays, ms, are the least of them, but for what varies in any case. */
function steady(delays: readonly number[]): number {
  const least = Math.min(...delays);
  return delays.filter((ms) => ms <= least + LATE_MS).length;
}
