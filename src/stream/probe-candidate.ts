import type {
  DeviceDecoder,
  DeviceDescriptor,
  DeviceMessage,
  DeviceOptions,
  StreamDescriptor,
} from "../devices/types.js";

/** Frames that leave no doubt that it was not chance. */
const CERTAIN_FRAMES = 5;
/** Measured rates this near to the nominal ones, as a ratio, count as right. */
const RIGHT_RATE = 0.75;
/** Samples of a stream from which its rate can be told. */
const FEWEST_SAMPLES = 8;

/** Samples a second as they came, beside what the device says. */
export interface MeasuredStream {
  name: string;
  channels: string[];
  /** Samples a second in the time of listening; undefined where too few came. */
  measured: number | undefined;
  nominal: number;
}

interface Seen {
  descriptor: StreamDescriptor;
  samples: number;
  first: number;
  last: number;
  /** Samples that came with the first bytes: they lie before `first`. */
  early: number;
}

/** One kind of device that listens to bytes, and how well it explains them. */
export class Candidate {
  private readonly decoder: DeviceDecoder;
  private readonly streams = new Map<number, Seen>();
  firmware = "";
  name = "";

  constructor(
    readonly device: DeviceDescriptor,
    readonly options: DeviceOptions,
  ) {
    this.decoder = device.createDecoder(options);
  }

  /** @param at time of arrival, ms */
  push(bytes: Uint8Array, at: number): void {
    this.decoder.push(bytes, (message) => this.take(message, at));
  }

  get described(): boolean {
    return this.streams.size > 0;
  }

  get measured(): MeasuredStream[] {
    return [...this.streams.values()].map(({ descriptor, ...seen }) => ({
      name: descriptor.name,
      channels: descriptor.channels.map((channel) => channel.name),
      measured: rateOf(seen),
      nominal: descriptor.rate * descriptor.speed,
    }));
  }

  /**
   * How well this device explains what was heard, 0 to 1: the share of good frames among all that was found, less where there are few
   * of them or where samples do not come at the device's rate.
   */
  get confidence(): number {
    const { frames, crcErrors, framingErrors, oversize, undescribed } = this.decoder.link;
    const good = frames - undescribed;
    if (good <= 0 || !this.described) return 0;
    const bad = crcErrors + framingErrors + oversize + undescribed;
    const share = good / (good + bad);
    return share * Math.min(1, good / CERTAIN_FRAMES) * this.rateFit();
  }

  /** 1 where the fastest stream comes at its rate, less the further it is off. */
  private rateFit(): number {
    // Where the rate is the user's to say, it says nothing about the device.
    if (this.device.options.some(({ name, values }) => name === "rate" && !values)) return 1;
    const [fastest] = this.measured.filter(({ measured }) => measured).sort((a, b) => b.nominal - a.nominal);
    if (!fastest?.measured) return 1;
    const ratio = Math.min(fastest.measured / fastest.nominal, fastest.nominal / fastest.measured);
    return Math.min(1, ratio / RIGHT_RATE);
  }

  private take(message: DeviceMessage, at: number): void {
    if (message.type === "hello") {
      this.name = message.device;
      this.firmware = message.firmware;
      for (const descriptor of message.streams)
        this.streams.set(descriptor.id, { descriptor, samples: 0, first: at, last: at, early: 0 });
    } else if (message.type === "samples") {
      const seen = this.streams.get(message.block.stream);
      if (!seen) return;
      if (seen.samples === 0) seen.first = at;
      if (at === seen.first) seen.early += message.block.count;
      seen.samples += message.block.count;
      seen.last = at;
    }
  }
}

/** Samples a second between the first arrival and the last; those of the first arrival had been taken before it. */
function rateOf({ samples, first, last, early }: Omit<Seen, "descriptor">): number | undefined {
  if (samples < FEWEST_SAMPLES || last <= first) return undefined;
  return ((samples - early) * 1000) / (last - first);
}
