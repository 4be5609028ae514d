import { type DeviceDecoder, findDevice } from "biox-edge";
import { expect } from "vitest";
import type { FaultyDevice } from "./faulty-device.js";
import type { Wire } from "./wires.js";

/**
 * How wrong the time of a sample may be beyond what could be known, ms: what the clock takes for one agreement, a latency timer and a little
 * more (src/stream/clock.ts).
 */
export const TOLERANCE_MS = 20;

/** Share by which the clock may take a device to be fast or slow that takes what it claims: its crystal (src/stream/clock.ts). */
const STEEPEST = 0.004;

/** When each sample was taken, epoch ms, and the samples in the order in which they went out, those that were repeated twice. */
export type Truth = Pick<FaultyDevice, "taken" | "sent">;

/** Share of a period by which the time of each sample is less late than that before it, while times catch up; rounding left out. */
const CLOSER = 0.499;

/** Which of the samples that went out each of these values is, in order: places in `device.sent`. */
function placesOf(values: readonly number[], { sent }: Truth, { modulo }: Wire): number[] {
  let place = -1;
  return values.map((value) => {
    do place++;
    while (place < sent.length && sent[place]! % modulo !== value);
    expect(place, `sample ${value}, which the device never sent`).toBeLessThan(sent.length);
    return place;
  });
}

/** When the samples of the first stream arrived, by a decoder of its own: what delayed them, this machine above all, is then known. */
export class Arrivals {
  private readonly heard: { value: number; arrival: number; newest: boolean }[] = [];
  private decoder: DeviceDecoder;

  constructor(
    private readonly wire: Wire,
    private readonly stream = 0,
  ) {
    this.decoder = findDevice(wire.device).createDecoder();
  }

  push(bytes: Uint8Array, arrival: number): void {
    this.decoder.push(bytes, (message) => {
      if (message.type !== "samples" || message.block.stream !== this.stream) return;
      const { index, count, values } = message.block;
      for (let i = 0; i < count; i++) {
        const { numbered, scale } = this.wire;
        const value = numbered ? index + i : Math.round(values[(i * values.length) / count]! / scale);
        this.heard.push({ value, arrival, newest: i === count - 1 });
      }
    });
  }

  /** The port was opened again. */
  reconnected(): void {
    this.decoder = findDevice(this.wire.device).createDecoder();
  }

  /** Value of the newest. */
  get newest(): number | undefined {
    return this.heard.at(-1)?.value;
  }

  /** ms from when a sample was taken until its block had arrived, by place in `device.sent`; of the newest of each block only. */
  delays(device: Truth): Map<number, number> {
    const places = placesOf(
      this.heard.map(({ value }) => value),
      device,
      this.wire,
    );
    const delays = new Map<number, number>();
    for (const [i, { arrival, newest }] of this.heard.entries()) {
      const place = places[i]!;
      if (newest) delays.set(place, arrival - device.taken[device.sent[place]!]!);
    }
    return delays;
  }
}

/** How well the rate of a clock can be known from what has arrived since it began. */
class Knowledge {
  private seconds: { at: number; least: number }[] = [];
  private last = 0;

  begin(): void {
    this.seconds = [];
  }

  arrived(taken: number, delay: number): void {
    const second = this.seconds.at(-1);
    if (!second || taken >= second.at + 1000) this.seconds.push({ at: taken, least: delay });
    else second.least = Math.min(second.least, delay);
    // What is held up tells nothing of the rate.
    if (delay < 1000) this.last = taken;
  }

  /**
   * ms by which a time may be wrong because of the rate: each second's least delay scatters, by what held this machine up, so the line
   * through them may lean by as much, over as long as nothing else arrived.
   */
  drift(taken: number): number {
    const usual = this.seconds.filter(({ least }) => least < 1000);
    if (usual.length < 2) return 0;
    const waits = usual.map(({ least }) => least);
    const scatter = Math.max(...waits) - Math.min(...waits);
    const age = Math.max(1000, usual.at(-1)!.at - usual[0]!.at);
    return Math.min(STEEPEST, scatter / age) * Math.max(1000, taken - this.last);
  }
}

/** A sample as it was stored; `after`: time was found anew before it, so that what arrived earlier tells nothing of it. */
export interface Stored {
  value: number;
  time: number;
  after: boolean;
}

/** A sample, the ms by which its time is too late, and between which that must be; `least`: the least delay until then. */
export interface TimeError {
  readonly serial: number;
  readonly error: number;
  readonly earliest: number;
  readonly latest: number;
  readonly least: number;
}

/**
 * No sample has a time before it was taken, nor a later one than could be known: nothing tells of the path's delay but what arrived, so the
 * least delay since the clock began is that much too late at most. Both but for the tolerance. Where the first were delayed more than
 * those that follow, times go on, but closer upon one another, until they have caught up.
 *
 * @param samples all from the first one on, in order
 * @param extra ms that a sample may be later
 */
export function timeErrors(
  samples: readonly Stored[],
  arrivals: Arrivals,
  device: Truth,
  wire: Wire,
  extra = 0,
): TimeError[] {
  const delays = arrivals.delays(device);
  const places = placesOf(
    samples.map(({ value }) => value),
    device,
    wire,
  );
  let least = Number.POSITIVE_INFINITY;
  const knowledge = new Knowledge();
  let before = Number.NEGATIVE_INFINITY;
  const step = (CLOSER * 1000) / wire.rate;
  return samples.map(({ time, after }, i) => {
    const [place, serial] = [places[i]!, device.sent[places[i]!]!];
    if (after) {
      least = Number.POSITIVE_INFINITY;
      knowledge.begin();
    }
    // Stored twice, because nothing told it from the next: all later numbers are one too high, so what arrived before tells nothing of them.
    const isCopy = i > 0 && serial === device.sent[places[i - 1]!];
    if (isCopy) least = Number.POSITIVE_INFINITY;
    // The newest sample of its own block, which may be a few further on.
    let own = place;
    while (!delays.has(own) && own < place + wire.perFrame) own++;
    const error = time - device.taken[serial]!;
    const unknown = TOLERANCE_MS + extra + knowledge.drift(device.taken[serial]!);
    const delay = delays.get(own);
    if (delay !== undefined) {
      least = Math.min(least, delay);
      knowledge.arrived(device.taken[serial]!, delay);
    }
    // A copy is of the same moment as the sample before it.
    const latest = Math.max(least + unknown, isCopy ? before + 1000 / wire.rate - step : before - step);
    before = error;
    return { serial, error, earliest: -unknown, latest, least };
  });
}

/** Holds all samples to that; see {@link timeErrors}. */
export function expectTimes(...given: Parameters<typeof timeErrors>): void {
  for (const { serial, error, earliest, latest, least } of timeErrors(...given)) {
    expect(error, `ms by which sample ${serial} is early`).toBeGreaterThan(earliest);
    expect(error, `ms by which sample ${serial} is late, delayed by ${least}`).toBeLessThanOrEqual(latest);
  }
}
