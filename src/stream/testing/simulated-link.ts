/** A device on a serial link whose true times are known: what a clock estimate is measured against. */

import { randomNumbers } from "./random-numbers.js";

export interface LinkOptions {
  /** Samples per second of the device's clock. */
  rate: number;
  seconds: number;
  /** How much faster than true time the device's clock runs. */
  ppm?: number;
  /** Samples in one packet. */
  block?: number;
  /** The USB adapter hands over what it has each so many ms. */
  latencyTimerMs?: number;
  /** Share of packets that are late by 0 to `lateMs` more. */
  lateShare?: number;
  lateMs?: number;
  /** Nothing gets through from then on for so long, seconds of true time. */
  stall?: { at: number; seconds: number };
  /** Whoever reads is held up by other work until then, seconds of true time: all is late by 0 to `ms` more, rising and falling within seconds. */
  busy?: { until: number; ms: number };
  /** Least delay of the path, ms. */
  delayMs?: number;
  /** Device clock at the first sample, microseconds. */
  startUs?: number;
  seed?: number;
}

export interface Packet {
  index: number;
  count: number;
  /** Device clock at the first sample, microseconds modulo 2^32. */
  timeUs: number;
  /** Host ms at which the packet arrived. */
  arrival: number;
  /** Host ms at which its first and last sample would have arrived without any delay but the least. */
  first: number;
  last: number;
}

/** Host time at which the simulated links begin, epoch ms. */
const EPOCH = 1.7e12;

/** Delay of a reader that is held up, at each ms: straight lines between 0 and `ms`, every other of which ends at 0. */
function busyDelay({ until, ms }: NonNullable<LinkOptions["busy"]>, random: () => number): (at: number) => number {
  const knots = [{ at: 0, delay: random() * ms }];
  for (let last = 0; last < until * 1000; ) {
    last += 200 + 1300 * random();
    knots.push({ at: last, delay: random() < 0.5 ? 0 : random() * ms });
  }
  return (at) => {
    const after = knots.findIndex((knot) => knot.at > at);
    if (after < 0 || at >= until * 1000) return 0;
    const [a, b] = [knots[after - 1]!, knots[after]!];
    return a.delay + ((b.delay - a.delay) * (at - a.at)) / (b.at - a.at);
  };
}

/** Packets in order of arrival; a packet never overtakes the one before it. */
export function simulateLink(options: LinkOptions): Packet[] {
  const { rate, seconds, ppm = 0, block = 1, latencyTimerMs = 0, lateShare = 0, lateMs = 80 } = options;
  const { stall, busy, delayMs = 1.5, startUs = 0, seed = 1 } = options;
  const random = randomNumbers(seed);
  const heldUp = busy ? busyDelay(busy, random) : () => 0;
  const truePeriod = 1000 / (rate * (1 + ppm * 1e-6));
  const packets: Packet[] = [];
  let before = 0;
  for (let index = 0; index + block <= rate * seconds; index += block) {
    const first = index * truePeriod;
    const last = (index + block - 1) * truePeriod;
    let arrival = last + delayMs;
    if (random() < lateShare) arrival += random() * lateMs;
    arrival += heldUp(last);
    if (stall && arrival >= stall.at * 1000 && arrival < (stall.at + stall.seconds) * 1000)
      arrival = (stall.at + stall.seconds) * 1000;
    if (latencyTimerMs > 0) arrival = Math.ceil(arrival / latencyTimerMs) * latencyTimerMs;
    arrival = Math.max(arrival, before);
    before = arrival;
    const timeUs = (startUs + Math.round((index * 1e6) / rate)) % 2 ** 32;
    packets.push({
      index,
      count: block,
      timeUs,
      arrival: EPOCH + arrival,
      first: EPOCH + first + delayMs,
      last: EPOCH + last + delayMs,
    });
  }
  return packets;
}
