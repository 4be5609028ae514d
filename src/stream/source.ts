import { EventEmitter } from "node:events";
import { findDevice } from "../devices/registry.js";
import type { DeviceMessage, SampleBlock, StreamDescriptor } from "../devices/types.js";
import { BioxError } from "../errors.js";
import type { Bell } from "./bell.js";
import { type Feed, type FeedHandlers, type LinkReport, now } from "./feed.js";
import { createRing, type RingMemory, RingWriter } from "./ring.js";
import { sameStream } from "./same-stream.js";
import { SilenceJudge } from "./silence-judge.js";
import { endedEarly, silentDevice } from "./source-errors.js";
import type { RingGauge, SampleEvent, SourceEvents } from "./source-events.js";
import type { SourceSpec } from "./source-uri.js";
import { emptyTimelineStats, Timeline, type TimelineStats } from "./timeline.js";
import type { TimingReport } from "./timing.js";

/** What a gateway can spare for one stream. */
const LARGEST_RING_BYTES = 2 ** 30;
/** Real seconds that a ring keeps at any speed. */
const LEAST_REAL_S = 30;
/** How often it is looked whether a clock is known, and how often it is told once it is, ms. */
const CLOCK_LOOK_MS = 1000;
const CLOCK_REPORT_MS = 60_000;

interface OpenStream {
  descriptor: StreamDescriptor;
  memory: RingMemory;
  writer: RingWriter;
  timeline: Timeline;
  judge: SilenceJudge;
  /** Arrival from which on the clock is looked at again, and from which on it is told again. */
  nextLook: number;
  nextReport: number;
}

/** A wearable, or something that plays one: its streams in rings that any thread can read. Made by `openSource`. */
export class Source extends EventEmitter<SourceEvents> {
  private readonly open = new Map<number, OpenStream>();
  private ended = false;
  /** Events that wait until whoever opens the source has had its turn to listen; undefined when there is nothing to wait for. */
  private early: (() => void)[] | undefined;
  private closing: Promise<void> | undefined;
  /** Why the source ended, where something broke. */
  failure: BioxError | undefined;
  device = "";
  firmware = "";

  /** @internal */
  constructor(
    readonly uri: string,
    readonly spec: SourceSpec,
    private readonly feed: Feed,
    private readonly history: number,
  ) {
    super();
  }

  get streams(): StreamDescriptor[] {
    return [...this.open.values()].map((s) => s.descriptor);
  }

  /** Channels that the user named in the source, if any. */
  get chosenChannels(): string[] | undefined {
    return this.spec.channels;
  }

  /** The ring of a stream, to be read in any thread. */
  ring(stream: number): RingMemory {
    return this.open.get(stream)!.memory;
  }

  /** @internal Has a stream's ring wake another thread; the returned function takes it back. */
  listen(stream: number, bell: Bell): () => void {
    const { bells } = this.open.get(stream)!.writer;
    bells.add(bell);
    return () => bells.delete(bell);
  }

  /** Whether the last sample has come. */
  get finished(): boolean {
    return this.ended;
  }

  /** What has come of all streams together. */
  get stats(): TimelineStats {
    return this.statsOf(() => true);
  }

  /** What has come of the streams, told by their id, that `wanted` picks. */
  statsOf(wanted: (stream: number) => boolean): TimelineStats {
    const sum = emptyTimelineStats();
    for (const [id, { timeline }] of this.open)
      if (wanted(id)) for (const key of Object.keys(sum) as (keyof TimelineStats)[]) sum[key] += timeline.stats[key];
    return sum;
  }

  /** What each stream's ring holds at this moment. */
  get rings(): RingGauge[] {
    return [...this.open.values()].map(({ descriptor, writer }) => ({
      stream: descriptor.name,
      seconds: writer.capacity / descriptor.rate,
      held: Math.min(writer.head, writer.capacity),
      overwritten: writer.overwritten,
      ageMs: writer.newestReceived === undefined ? null : now() - writer.newestReceived,
    }));
  }

  /** What is known of each stream's clock and sample rate. */
  get clocks(): (TimingReport & { stream: string })[] {
    return [...this.open.values()].map(({ descriptor, timeline }) => ({ stream: descriptor.name, ...timeline.time }));
  }

  get link(): LinkReport {
    return this.feed.report();
  }

  /**
   * The samples of all streams as they arrive, until the source ends or is closed. Asked for as soon as the source is open, it begins
   * with the first sample.
   */
  async *samples(): AsyncGenerator<SampleEvent, void, undefined> {
    const waiting: SampleEvent[] = [];
    let wake = (): void => {};
    const take = (event: SampleEvent): void => {
      waiting.push(event);
      wake();
    };
    const end = (): void => wake();
    this.on("samples", take).on("end", end);
    try {
      for (;;) {
        for (let next = waiting.shift(); next; next = waiting.shift()) yield next;
        if (this.ended && !this.early) return;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    } finally {
      this.off("samples", take).off("end", end);
    }
  }

  /** Has the device describe itself once more, so that bytes from here on can be decoded without those before. */
  describe(): void {
    this.feed.describe?.();
  }

  /** Whether bytes of its link can be decoded from any place on, or only `once` from its opening. */
  get recordable(): "anywhere" | "once" {
    return this.spec.kind === "serial" && findDevice(this.spec.device).describedOnce ? "once" : "anywhere";
  }

  close(): Promise<void> {
    this.closing ??= this.feed.close().then(() => this.finish(undefined));
    return this.closing;
  }

  /** @internal Resolves when the device has described itself. */
  start(timeout: number, onChunk: FeedHandlers["chunk"]): Promise<void> {
    return new Promise((resolve, reject) => {
      let timer: NodeJS.Timeout | undefined;
      let opened = false;
      const settle = (): void => {
        clearTimeout(timer);
        this.off("end", onEnd);
      };
      const onEnd = (error: BioxError | undefined): void => {
        settle();
        reject(error ?? endedEarly(this.uri));
      };
      this.once("end", onEnd);
      const handlers: FeedHandlers = {
        message: (message, arrival, received) => {
          try {
            this.take(message, arrival, received);
          } catch (cause) {
            this.fail(cause);
          }
          if (message.type !== "hello" || this.ended) return;
          settle();
          if (opened) return;
          opened = true;
          this.early = [];
          setImmediate(() => this.tellEarly());
          resolve();
        },
        ...(onChunk ? { chunk: onChunk } : {}),
        link: (state, reason) => {
          if (state === "reconnecting") this.interrupt();
          this.tell("link", { state, reason });
        },
        warning: (message) => this.tell("warning", { message }),
        end: (error) => this.finish(error as BioxError | undefined),
      };
      // Only a device that is there now can keep silent: a file may take its time to be read, and says itself when it is no use.
      this.feed
        .open(handlers)
        .then(() => {
          if (this.open.size > 0 || this.ended || this.spec.kind === "replay") return;
          timer = setTimeout(() => {
            settle();
            reject(silentDevice(this.uri, this.spec, timeout, this.feed.report()));
          }, timeout);
        })
        .catch((error) => {
          settle();
          reject(error);
        });
    });
  }

  private take(message: DeviceMessage, arrival: number, received: number): void {
    if (message.type === "hello") this.takeHello(message);
    else if (message.type === "samples")
      this.open.get(message.block.stream)?.judge.take(message.block, arrival, received);
    else if (message.type === "end") this.takeEnd(message.streams, received);
    else if (message.type === "event")
      this.tell("device", { name: message.name, data: message.data, at: Math.round(received) });
    else if (message.type === "status") this.tell("status", { data: message.data });
  }

  /** The port is gone, and with it what the device sends until it is back. */
  private interrupt(): void {
    for (const { timeline, judge } of this.open.values()) {
      judge.flush();
      timeline.interrupted();
    }
  }

  private store(stream: OpenStream, block: SampleBlock, arrival: number, received: number): void {
    const stored = stream.timeline.push(block, arrival, received);
    if (arrival >= stream.nextLook) this.lookAtClock(stream, arrival);
    if (stored === 0 || (this.listenerCount("samples") === 0 && !this.early)) return;
    const { descriptor, timeline } = stream;
    const width = descriptor.channels.length;
    this.tell("samples", {
      stream: descriptor.name,
      channels: descriptor.channels.map((c) => c.name),
      index: timeline.length - stored,
      count: stored,
      time: timeline.newest - (stored - 1) * timeline.spacing,
      period: timeline.spacing,
      values: block.values.slice((block.count - stored) * width, block.count * width),
    });
  }

  private lookAtClock(stream: OpenStream, arrival: number): void {
    stream.nextLook = arrival + CLOCK_LOOK_MS;
    if (arrival < stream.nextReport) return;
    const { time } = stream.timeline;
    if (time.rateError === null) return;
    stream.nextReport = arrival + CLOCK_REPORT_MS;
    this.tell("clock", { stream: stream.descriptor.name, ...time });
  }

  /** The end of a playback: the device says how much it has sent in all, so that a loss at the very end counts too. */
  private takeEnd(streams: readonly { id: number; samples: number }[], received: number): void {
    this.flush();
    for (const { id, samples } of streams) this.open.get(id)?.timeline.finish(samples, received);
    this.finish(undefined);
  }

  private takeHello(hello: DeviceMessage & { type: "hello" }): void {
    this.device = hello.device;
    this.firmware = hello.firmware;
    for (const descriptor of hello.streams) {
      const known = this.open.get(descriptor.id);
      if (!known) this.add(descriptor);
      else if (sameStream(known.descriptor, descriptor)) known.timeline.describe(descriptor);
      else
        throw new BioxError(
          "SOURCE_INVALID",
          `The device at ${this.uri} now describes stream ${descriptor.id} otherwise than at the start.`,
          "Start again: what was measured before does not continue.",
        );
    }
  }

  private add(descriptor: StreamDescriptor): void {
    const seconds = Math.max(this.history, LEAST_REAL_S * descriptor.speed);
    const channels = descriptor.channels.length;
    const capacity = Math.ceil(descriptor.rate * seconds);
    if (capacity * channels * 8 > LARGEST_RING_BYTES)
      throw new BioxError(
        "SOURCE_INVALID",
        `Stream ${descriptor.id} of ${this.uri} has ${channels} channels at ${descriptor.rate} Hz, too much to keep ${seconds} s of.`,
        "Open it with a shorter history.",
      );
    const memory = createRing(channels, capacity);
    const writer = new RingWriter(memory);
    const timeline = new Timeline(descriptor, writer, (gap) => this.tell("gap", { ...gap, stream: descriptor.name }));
    const judge = new SilenceJudge(timeline, descriptor, (block, arrival, received) =>
      this.store(stream, block, arrival, received),
    );
    const stream: OpenStream = { descriptor, memory, writer, timeline, judge, nextLook: 0, nextReport: 0 };
    this.open.set(descriptor.id, stream);
  }

  /** Ends the source because of what a device sent: no byte of it may end the process. */
  private fail(cause: unknown): void {
    const what = cause instanceof Error ? cause.message : String(cause);
    this.finish(
      cause instanceof BioxError
        ? cause
        : new BioxError("SOURCE_INVALID", `What ${this.uri} sent cannot be used: ${what}.`, undefined, { cause }),
    );
    void this.close();
  }

  private flush(): void {
    for (const { judge } of this.open.values()) judge.flush();
  }

  private finish(error: BioxError | undefined): void {
    if (this.ended) return;
    this.ended = true;
    this.flush();
    this.failure = error;
    for (const { writer } of this.open.values()) writer.end();
    this.tell("end", error);
  }

  /** Emits an event; one that comes in the same bytes as the hello waits until somebody can listen. */
  private tell<K extends keyof SourceEvents>(name: K, ...args: SourceEvents[K]): void {
    const emit = this.emit.bind(this) as (name: K, ...args: SourceEvents[K]) => boolean;
    if (this.early) this.early.push(() => emit(name, ...args));
    else emit(name, ...args);
  }

  private tellEarly(): void {
    const early = this.early ?? [];
    this.early = undefined;
    for (const event of early) event();
  }
}
