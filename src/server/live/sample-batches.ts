import type { SampleEvent } from "../../stream/source-events.js";
import { encodeSamples, MOST_SAMPLES } from "./sample-frame.js";

/** Lost samples up to so many are written as NaN within a frame; behind more of them a new frame begins. */
const MOST_FILLED = 512;

interface Batch {
  readonly handle: number;
  readonly stream: number;
  readonly channels: number;
  values: Float32Array;
  count: number;
  time: number;
  period: number;
  index: number;
}

/** Gathers samples, which come in blocks of a few, into frames for viewers: one a stream and flush, more where samples do not go on. */
export class SampleBatches {
  private readonly batches = new Map<string, Batch>();

  /** @param send is handed each frame as it is done, as bytes that are never written to again, and how many samples it has */
  constructor(private readonly send: (wearer: string, frame: Uint8Array<ArrayBuffer>, samples: number) => void) {}

  /**
   * Takes the samples of an event, which may be reused afterwards.
   *
   * @param handle of the wearer, 0 to 65535
   * @param stream id of the stream, 0 to 255
   */
  add(wearer: string, handle: number, stream: number, event: SampleEvent): void {
    const channels = event.channels.length;
    if (channels === 0 || channels > 255) return;
    const batch = this.batchFor(wearer, handle, stream, channels);
    if (batch.count > 0) {
      const missing = event.index - (batch.index + batch.count);
      if (missing < 0 || missing > MOST_FILLED || batch.count + missing >= MOST_SAMPLES) this.flushBatch(wearer, batch);
      else if (missing > 0) this.append(batch, missing, (to, at, length) => to.fill(Number.NaN, at, at + length));
    }
    for (let from = 0; from < event.count; ) {
      if (batch.count === MOST_SAMPLES) this.flushBatch(wearer, batch);
      if (batch.count === 0) {
        batch.index = event.index + from;
        batch.time = event.time + from * event.period;
        batch.period = event.period;
      }
      const taken = Math.min(event.count - from, MOST_SAMPLES - batch.count);
      const values = event.values.subarray(from * channels, (from + taken) * channels);
      this.append(batch, taken, (to, at) => to.set(values, at));
      from += taken;
    }
  }

  /** Sends what has been gathered. */
  flush(): void {
    for (const [key, batch] of this.batches) this.flushBatch(key.slice(0, key.lastIndexOf(" ")), batch);
  }

  /** Forgets everything of a wearer whom nobody watches any more. */
  forget(wearer: string): void {
    for (const key of this.batches.keys()) if (key.startsWith(`${wearer} `)) this.batches.delete(key);
  }

  private batchFor(wearer: string, handle: number, stream: number, channels: number): Batch {
    const key = `${wearer} ${stream}`;
    let batch = this.batches.get(key);
    if (batch && batch.channels !== channels) this.flushBatch(wearer, batch);
    if (!batch || batch.channels !== channels) {
      batch = {
        handle,
        stream,
        channels,
        values: new Float32Array(64 * channels),
        count: 0,
        time: 0,
        period: 0,
        index: 0,
      };
      this.batches.set(key, batch);
    }
    return batch;
  }

  private append(batch: Batch, count: number, write: (to: Float32Array, at: number, length: number) => void): void {
    const at = batch.count * batch.channels;
    const length = count * batch.channels;
    if (at + length > batch.values.length) {
      const larger = new Float32Array(Math.max(at + length, 2 * batch.values.length));
      larger.set(batch.values.subarray(0, at));
      batch.values = larger;
    }
    write(batch.values, at, length);
    batch.count += count;
  }

  private flushBatch(wearer: string, batch: Batch): void {
    if (batch.count === 0) return;
    this.send(wearer, encodeSamples(batch), batch.count);
    batch.count = 0;
  }
}
