import type { StreamDescriptor } from "../../devices/types.js";
import { type DecodedItem, decodeRecording } from "../decode-recording.js";
import type { Marker } from "../recording.js";
import type { TimingReport } from "../timing.js";

/** What a channel's values need of a number format. */
export interface ChannelSurvey {
  /** Extremes of the values that were received; 0 and 0 where there are none. */
  min: number;
  max: number;
  /** Whether each value is a whole number of the device's steps: `n * scale + offset`. */
  stepped: boolean;
}

/** One stream of a recording, looked through once before it is written in a format that wants to know such things first. */
export interface StreamSurvey {
  readonly descriptor: StreamDescriptor;
  readonly channels: readonly ChannelSurvey[];
  /** Host time of sample 0, epoch ms. */
  start: number;
  /** Samples in all, lost ones included, and those that were received. */
  samples: number;
  received: number;
  timing: TimingReport | undefined;
  /** Stretches of lost samples, in order. */
  readonly gaps: { at: number; samples: number }[];
  /** Markers with the number of the sample that was taken then; it need not be whole, and lies outside of the stream at its ends. */
  readonly markers: { sample: number; marker: Marker }[];
}

export interface RecordingSurvey {
  readonly path: string;
  device: string;
  firmware: string;
  readonly streams: Map<number, StreamSurvey>;
}

/** How far from a whole step a value may lie, in steps: the rounding of two float64 operations on numbers of 32 bits. */
const STEP_TOLERANCE = 1e-5;

/** Looks through a recording; what it says of a stream is kept in memory as gaps and markers only. Throws as `decodeRecording`. */
export async function surveyRecording(path: string): Promise<RecordingSurvey> {
  const survey: RecordingSurvey = { path, device: "", firmware: "", streams: new Map() };
  const waiting = new Map<StreamSurvey, Marker[]>();
  const latest = new Map<StreamSurvey, { index: number; time: number; period: number }>();
  const all: Marker[] = [];
  const place = (stream: StreamSurvey, marker: Marker): void => {
    const at = latest.get(stream);
    if (!at) waiting.set(stream, [...(waiting.get(stream) ?? []), marker]);
    else stream.markers.push({ sample: at.index + (marker.at - at.time) / at.period, marker });
  };
  for await (const item of decodeRecording(path)) {
    if (item.type === "device") Object.assign(survey, { device: item.device, firmware: item.firmware });
    else if (item.type === "stream") {
      const stream = newSurvey(item.stream);
      survey.streams.set(item.stream.id, stream);
      for (const marker of all) place(stream, marker);
    } else if (item.type === "marker") {
      all.push(item.marker);
      for (const stream of survey.streams.values()) place(stream, item.marker);
    } else {
      const stream = survey.streams.get(item.stream)!;
      if (item.type === "samples") {
        look(stream, item, latest.has(stream));
        latest.set(stream, item);
        for (const marker of waiting.get(stream) ?? []) place(stream, marker);
        waiting.delete(stream);
      } else finish(stream, item);
    }
  }
  for (const { markers } of survey.streams.values()) markers.sort((a, b) => a.sample - b.sample);
  return survey;
}

function newSurvey(descriptor: StreamDescriptor): StreamSurvey {
  const channels = descriptor.channels.map(() => ({
    min: Number.POSITIVE_INFINITY,
    max: Number.NEGATIVE_INFINITY,
    stepped: true,
  }));
  return { descriptor, channels, start: 0, samples: 0, received: 0, timing: undefined, gaps: [], markers: [] };
}

function look(stream: StreamSurvey, item: DecodedItem & { type: "samples" }, begun: boolean): void {
  const { index, count, time, period, values } = item;
  const width = stream.channels.length;
  if (!begun) stream.start = time - index * period;
  if (index > stream.samples) lose(stream, stream.samples, index - stream.samples);
  for (let i = 0; i < count; i++) {
    let whole = true;
    for (let c = 0; c < width; c++) whole &&= Number.isFinite(values[i * width + c]!);
    if (!whole) lose(stream, index + i, 1);
    else {
      stream.received++;
      for (let c = 0; c < width; c++)
        widen(stream.channels[c]!, stream.descriptor.channels[c]!, values[i * width + c]!);
    }
  }
  stream.samples = index + count;
}

function widen(channel: ChannelSurvey, { scale, offset }: { scale: number; offset: number }, value: number): void {
  if (value < channel.min) channel.min = value;
  if (value > channel.max) channel.max = value;
  if (!channel.stepped) return;
  const steps = (value - offset) / scale;
  channel.stepped = Math.abs(steps - Math.round(steps)) < STEP_TOLERANCE;
}

function lose(stream: StreamSurvey, at: number, samples: number): void {
  const last = stream.gaps.at(-1);
  if (last && last.at + last.samples === at) last.samples += samples;
  else stream.gaps.push({ at, samples });
}

function finish(stream: StreamSurvey, { samples, timing }: DecodedItem & { type: "end" }): void {
  if (samples > stream.samples) lose(stream, stream.samples, samples - stream.samples);
  stream.samples = samples;
  stream.timing = timing;
  for (const channel of stream.channels) if (channel.min > channel.max) Object.assign(channel, { min: 0, max: 0 });
}
