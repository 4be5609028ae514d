import type { StreamDescriptor } from "../../devices/types.js";
import { createRing, RingReader, RingWriter } from "../ring.js";
import { SilenceJudge } from "../silence-judge.js";
import { type Gap, Timeline } from "../timeline.js";
import type { Packet } from "./simulated-link.js";

/** A packet whose number and clock are not those of the device as it began, since it has begun anew, say. */
export interface Sent extends Packet {
  /** Number of its first sample as it is on the wire; `index` where it is left out. */
  number?: number;
}

/** A received sample: the ms by which its time is too late, and the ms since it was taken until its packet had arrived. */
export interface StoredSample {
  serial: number;
  error: number;
  delay: number;
}

/** What a stream makes of packets, as a source has it. */
export function store(stream: Partial<StreamDescriptor> & { rate: number }, packets: readonly Sent[]) {
  const descriptor: StreamDescriptor = {
    id: 0,
    name: "ppg",
    channels: [{ name: "ppg", unit: "", scale: 1, offset: 0 }],
    speed: 1,
    clock: "device",
    next: undefined,
    ...stream,
  };
  const span = packets.at(-1)!.arrival - packets[0]!.first;
  const memory = createRing(1, Math.ceil(((span / 1000) * stream.rate + 100) * 1.5));
  const gaps: Gap[] = [];
  const timeline = new Timeline(descriptor, new RingWriter(memory), (gap) => gaps.push(gap));
  const judge = new SilenceJudge(timeline, descriptor, (...block) => timeline.push(...block));
  const truth = new Map<number, { time: number; delay: number }>();
  for (const { index, number = index, count, timeUs, first, last, arrival } of packets) {
    const values = Float64Array.from({ length: count }, (_, i) => index + i);
    const period = count > 1 ? (last - first) / (count - 1) : 0;
    for (let i = 0; i < count; i++) truth.set(index + i, { time: first + i * period, delay: arrival - last });
    const flags = { restarted: false, clipped: false, dropped: false };
    judge.take({ stream: 0, index: number >>> 0, timeUs, count, values, ...flags }, arrival, arrival);
  }
  judge.flush();

  const count = timeline.length;
  const [serials, times, lost] = [new Float64Array(count), new Float64Array(count), new Uint8Array(count)];
  const ring = new RingReader(memory);
  if (!ring.read(0, count, [0], [serials])) throw new Error("the ring is too short for the test");
  ring.readTimes(0, count, times);
  ring.readLost(0, count, lost);
  const samples: StoredSample[] = [];
  for (let i = 0; i < count; i++) {
    if (lost[i]) continue;
    const { time, delay } = truth.get(serials[i]!)!;
    samples.push({ serial: serials[i]!, error: times[i]! - time, delay });
  }
  return { timeline, gaps, samples };
}

/**
 * The largest ms by which a time is wrong beyond what is known: no sample has a time before it was taken, nor one that is later than by the
 * least delay of what has arrived since the clock began. Where that falls, times catch up at half the period.
 *
 * @param anew serial numbers of the samples before which the device began anew
 */
export function worstBeyond(samples: readonly StoredSample[], rate: number, anew: readonly number[] = []): number {
  let least = Number.POSITIVE_INFINITY;
  let before = Number.NEGATIVE_INFINITY;
  let worst = 0;
  for (const { serial, error, delay } of samples) {
    if (anew.includes(serial)) least = Number.POSITIVE_INFINITY;
    least = Math.min(least, delay);
    const late = Math.min(error - least, error - (before - (0.499 * 1000) / rate));
    worst = Math.max(worst, -error, late);
    before = error;
  }
  return worst;
}
