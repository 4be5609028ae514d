import type { DeviceDecoder, DeviceMessage, LinkStats, StreamDescriptor } from "../types.js";

/** One sample as a decoder delivered it. */
export interface HeardSample {
  stream: number;
  /** Running number, modulo 2^32. */
  n: number;
  timeUs: number;
  values: number[];
}

/** Everything that a decoder made of bytes, copied so that it can be compared afterwards. */
export class Heard {
  readonly hellos: (DeviceMessage & { type: "hello" })[] = [];
  readonly samples: HeardSample[] = [];
  readonly events: { name: string; data: Record<string, unknown> }[] = [];
  readonly statuses: Record<string, unknown>[] = [];
  private readonly widths = new Map<number, StreamDescriptor>();

  constructor(readonly decoder: DeviceDecoder) {}

  get link(): LinkStats {
    return this.decoder.link;
  }

  get streams(): StreamDescriptor[] {
    return this.hellos.at(-1)?.streams ?? [];
  }

  of(stream: number): HeardSample[] {
    return this.samples.filter((sample) => sample.stream === stream);
  }

  /** Pushes bytes in pieces that end at `cuts` (rising positions). */
  push(bytes: Uint8Array, cuts: readonly number[] = []): this {
    let from = 0;
    for (const to of [...cuts, bytes.length]) {
      this.decoder.push(bytes.subarray(from, to), this.note);
      from = to;
    }
    return this;
  }

  private readonly note = (message: DeviceMessage): void => {
    if (message.type === "hello") {
      this.hellos.push(structuredClone(message));
      for (const stream of message.streams) this.widths.set(stream.id, stream);
    } else if (message.type === "event") this.events.push({ name: message.name, data: message.data });
    else if (message.type === "status") this.statuses.push(message.data);
    else if (message.type === "samples") {
      const { block } = message;
      const stream = this.widths.get(block.stream);
      if (!stream) throw new Error(`Samples of stream ${block.stream} came before a hello that names it.`);
      const width = stream.channels.length;
      if (block.values.length !== block.count * width)
        throw new Error(`${block.count} samples of ${width} channels came as ${block.values.length} values.`);
      for (let i = 0; i < block.count; i++)
        this.samples.push({
          stream: block.stream,
          n: (block.index + i) >>> 0,
          timeUs: block.timeUs,
          values: Array.from(block.values.subarray(i * width, (i + 1) * width)),
        });
    }
  };
}
