import { findDevice } from "../devices/registry.js";
import type { DeviceMessage, SampleBlock, StreamDescriptor } from "../devices/types.js";
import { BioxError } from "../errors.js";
import type { TimedSamples } from "./formats/sample-csv.js";
import { type Marker, readRecording } from "./recording.js";
import type { SampleSink } from "./ring.js";
import { sameStream } from "./same-stream.js";
import { SilenceJudge } from "./silence-judge.js";
import { Timeline } from "./timeline.js";
import type { TimingReport } from "./timing.js";

/** What a recording says, in its order. Samples of a stream are numbered from its start, lost ones included: a jump is a loss. */
export type DecodedItem =
  | { readonly type: "device"; readonly device: string; readonly firmware: string }
  | { readonly type: "stream"; readonly stream: StreamDescriptor }
  | ({ readonly type: "samples"; readonly stream: number } & TimedSamples)
  | { readonly type: "marker"; readonly marker: Marker }
  /** Once for each stream, at the end: how many samples it had in all, and what was found about its clock. */
  | { readonly type: "end"; readonly stream: number; readonly samples: number; readonly timing: TimingReport };

/** Nobody reads samples by their slot here: they are taken from the block itself. */
const NO_RING: SampleSink = { capacity: 0, write: () => {}, skip: () => {} };

/**
 * Decodes a recording as a replay does, as fast as it can be read: a piece at a time, so that one of any length needs little memory.
 *
 * @throws BioxError FILE_UNREADABLE, FILE_INVALID, DEVICE_UNKNOWN, SOURCE_INVALID
 */
export async function* decodeRecording(path: string): AsyncGenerator<DecodedItem, void, undefined> {
  const recording = await readRecording(path);
  const decoder = findDevice(recording.header.device).createDecoder(recording.header.options);
  const streams = new Map<number, { descriptor: StreamDescriptor; timeline: Timeline; judge: SilenceJudge }>();
  let said: DecodedItem[] = [];
  const describe = (descriptor: StreamDescriptor): void => {
    const known = streams.get(descriptor.id);
    if (known && sameStream(known.descriptor, descriptor)) {
      known.timeline.describe(descriptor);
      return;
    }
    if (known) throw changed(path, descriptor);
    const timeline = new Timeline(descriptor, NO_RING);
    const judge = new SilenceJudge(timeline, descriptor, (block, arrival) =>
      store(descriptor, timeline, block, arrival),
    );
    streams.set(descriptor.id, { descriptor, timeline, judge });
    said.push({ type: "stream", stream: descriptor });
  };
  const store = (descriptor: StreamDescriptor, timeline: Timeline, block: SampleBlock, arrival: number): void => {
    const count = timeline.push(block, arrival, arrival);
    if (count === 0) return;
    const width = descriptor.channels.length;
    const [{ newest, spacing: period }, index] = [timeline, timeline.length - count];
    const values = block.values.slice((block.count - count) * width, block.count * width);
    const time = newest - (count - 1) * period;
    said.push({ type: "samples", stream: block.stream, index, count, time, period, values });
  };
  const flush = (): void => {
    for (const { judge } of streams.values()) judge.flush();
  };
  const take = (message: DeviceMessage, arrival: number): void => {
    if (message.type === "hello") {
      const { device, firmware } = message;
      if (streams.size === 0) said.push({ type: "device", device, firmware });
      for (const descriptor of message.streams) describe(descriptor);
    } else if (message.type === "samples")
      streams.get(message.block.stream)?.judge.take(message.block, arrival, arrival);
    else if (message.type === "end") {
      flush();
      for (const { id, samples } of message.streams) streams.get(id)?.timeline.finish(samples, arrival);
    } else if (message.type === "event") {
      said.push({ type: "marker", marker: { at: arrival, name: message.name, by: "device" } });
    }
  };
  for await (const item of recording.items()) {
    if (item.type === "bytes") decoder.push(item.bytes, (message) => take(message, item.arrival));
    // What the device itself has reported has just come out of its bytes.
    else if (item.type === "marker" && item.marker.by !== "device") said.push({ type: "marker", marker: item.marker });
    yield* said;
    said = [];
  }
  if (streams.size === 0)
    throw new BioxError(
      "FILE_INVALID",
      `${path} ends before the device described itself: nothing of it can be decoded.`,
      "Record it again with 'biox record', for longer.",
    );
  flush();
  yield* said;
  for (const [stream, { timeline }] of streams)
    yield { type: "end", stream, samples: timeline.length, timing: timeline.time };
}

function changed(path: string, { id }: StreamDescriptor): BioxError {
  return new BioxError(
    "SOURCE_INVALID",
    `The device in ${path} describes stream ${id} otherwise than at the start.`,
    "Only what was recorded before that can be used: record the two apart.",
  );
}
