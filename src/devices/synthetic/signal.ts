import type { ChannelDescriptor, EmulatedSignal, StreamDescriptor } from "../types.js";
import { uniformOf } from "./random.js";
import { ecgWave, pulseWave } from "./waves.js";

export interface SyntheticOptions {
  /** Heart rate, bpm. */
  hr?: number;
  /** Breaths a minute. */
  resp?: number;
  /** Peak of the noise as a share of the wave's height. */
  noise?: number;
  seed?: number;
}

/** Raw counts of the least and the most of a wave: sensors whose channels are called so have the bits for it; others 7 at least. */
const SPANS: Readonly<Record<string, readonly [low: number, height: number]>> = {
  red: [20_000, 3000],
  ir: [25_000, 4000],
  green: [15_000, 2000],
  ecg: [0, 2000],
  respiration: [0, 2000],
  ppg: [400, 250],
};
const LEAST_SPAN = [40, 45] as const;

/** What a channel shows at a time in seconds: in its unit, or for raw counts from 0 to 1. */
function valueAt({ name, unit }: ChannelDescriptor, time: number, hr: number, resp: number): number {
  const beats = (time * hr) / 60;
  const breath = Math.sin((2 * Math.PI * time * resp) / 60);
  const inUnit: Record<string, number> = {
    temperature: 36.6,
    spo2: 97,
    pulseRate: hr,
    respirationRate: resp,
    perfusion: 5,
    accX: 0,
    accY: 0,
    accZ: 1,
    gsr: 5,
    eda: 5,
    markers: 0,
  };
  if (name in inUnit && unit !== "adc") return inUnit[name]!;
  const isHeart = /^(ecg|ch)\d*$/.test(name);
  const wave = isHeart
    ? ecgWave(beats)
    : name === "respiration"
      ? 0.5 + 0.4 * breath
      : pulseWave(beats) + 0.05 * breath;
  if (unit === "uV") return 1000 * wave;
  if (unit !== "adc") return wave;
  const [low, height] = SPANS[name] ?? LEAST_SPAN;
  return low + height * wave;
}

/**
 * The signal of a resting person for an emulated device: a pulse or ECG where there is one to measure, steady values elsewhere.
 *
 * A sample is the same whenever it is asked for, since some devices send theirs more than once.
 *
 * @param streams as the device describes them; other streams are 0
 */
export function syntheticSignal(streams: readonly StreamDescriptor[], options: SyntheticOptions = {}): EmulatedSignal {
  const { hr = 72, resp = 15, noise = 0.02, seed = 1 } = options;
  const known = new Map(streams.map((stream) => [stream.id, stream]));
  return (id, c, n) => {
    const stream = known.get(id);
    const channel = stream?.channels[c];
    if (!stream || !channel) return 0;
    const value = valueAt(channel, n / stream.rate, hr, resp);
    if (channel.unit !== "adc") return Math.round((value - channel.offset) / channel.scale);
    const [, height] = SPANS[channel.name] ?? LEAST_SPAN;
    return Math.round(value + noise * height * (2 * uniformOf(seed, id, c, n) - 1));
  };
}
