import type { DeviceMessage, SampleBlock, StreamDescriptor } from "../devices/types.js";

interface KnownStream {
  readonly descriptor: StreamDescriptor;
  /** Text of a line before its number, and before the value of each channel. */
  readonly head: string;
  readonly keys: readonly string[];
}

export interface SampleLinesOptions {
  /** Counts as the device sent them, in place of physical values. */
  raw?: boolean;
  /** A line for each other message of the device, too. */
  events?: boolean;
}

/** Messages of a device as NDJSON: one line a sample, `{"type":"sample","stream","n","values"}`. */
export class SampleLines {
  readonly #streams = new Map<number, KnownStream>();
  #text = "";

  constructor(private readonly options: SampleLinesOptions = {}) {}

  take(message: DeviceMessage): void {
    if (message.type === "hello") for (const stream of message.streams) this.#streams.set(stream.id, known(stream));
    if (message.type === "samples") this.#takeBlock(message.block);
    else if (this.options.events) this.#text += `${JSON.stringify(message)}\n`;
  }

  /** The lines since the last call. */
  flush(): string {
    const text = this.#text;
    this.#text = "";
    return text;
  }

  #takeBlock({ stream: id, index, count, values }: SampleBlock): void {
    const stream = this.#streams.get(id);
    if (!stream) return;
    const { head, keys, descriptor } = stream;
    const { raw } = this.options;
    let text = "";
    for (let i = 0, at = 0; i < count; i++) {
      text += head + ((index + i) >>> 0);
      for (let c = 0; c < keys.length; c++, at++) {
        const { scale, offset } = descriptor.channels[c]!;
        const value = raw ? Math.round((values[at]! - offset) / scale) : values[at]!;
        // JSON has no number for what was not measured.
        text += keys[c]! + (Number.isFinite(value) ? value : null);
      }
      text += "}}\n";
    }
    this.#text += text;
  }
}

function known(descriptor: StreamDescriptor): KnownStream {
  return {
    descriptor,
    head: `{"type":"sample","stream":${JSON.stringify(descriptor.name)},"n":`,
    keys: descriptor.channels.map(({ name }, c) => `${c === 0 ? ',"values":{' : ","}${JSON.stringify(name)}:`),
  };
}
