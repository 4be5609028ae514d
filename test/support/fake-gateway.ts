import { EventEmitter } from "node:events";
import type { Prediction } from "../../src/engine/types.js";
import type { BundleStatus, GatewayEvents, GatewayFace, WearerStatus } from "../../src/gateway/types.js";
import type { GatewayMessage, LinkMessage, MarkerMessage } from "../../src/sinks/sink.js";
import { idealLink } from "../../src/stream/feed.js";

export const LABELS = ["rest", "walking", "climbing stairs"];
const TICK_MS = 40;
const HOP_S = 1;
const WINDOW_S = 4;
const SILENT_MS = 7300;
const RATES = { ppg: 250, motion: 50 };

export interface FakeWearer {
  readonly id: string;
  state?: WearerStatus["state"];
  reason?: string;
  battery?: number | null;
}

/** Answers, samples and losses as a gateway tells them, made by formulas: what a page or a server does with them can be tried alone. */
export class FakeGateway extends EventEmitter<GatewayEvents> implements GatewayFace {
  readonly id = "ward-3";
  readonly started = Date.now();
  readonly messages: GatewayMessage[] = [];
  private readonly sent = new Map<string, number>();
  private readonly lost = new Map<string, number>();
  private readonly latest = new Map<string, Prediction & { id: string; at: number; wearer: string; bundle: string }>();
  private timer: NodeJS.Timeout | undefined;
  private at = Date.now();
  private number = 0;
  /** Samples for so long are lost from now on, ms. */
  loseMs = 0;

  constructor(
    readonly fakes: FakeWearer[],
    private readonly labels: readonly string[] = LABELS,
  ) {
    super();
  }

  start(): void {
    this.timer = setInterval(() => this.advance(Date.now()), TICK_MS);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** Answers of the last minutes, as if it had run then; who is silent has been for a while. */
  remember(seconds: number): void {
    for (let at = this.at - seconds * 1000; at < this.at; at += HOP_S * 1000)
      for (const fake of this.fakes)
        if (isOpen(fake) || (fake.state === "silent" && at < this.at - SILENT_MS)) this.answer(fake, at);
  }

  /** Leaves out windows of a wearer, for want of time. */
  overload(id: string, skippedHops: number): void {
    const message = { type: "overload", bundle: "activity", skippedHops, skippedInAll: skippedHops };
    this.tell(message, id, Date.now());
  }

  /** Changes the state of a wearer's source. */
  change(id: string, state: WearerStatus["state"], reason?: string): void {
    const fake = this.fakes.find((one) => one.id === id)!;
    fake.state = state;
    if (reason !== undefined) fake.reason = reason;
    this.tell({ type: "link", source: sourceOf(id), state, reason, link: idealLink() } as LinkMessage, id, Date.now());
  }

  wearers(): readonly WearerStatus[] {
    return this.fakes.map((fake) => this.status(fake));
  }

  bundles(): readonly BundleStatus[] {
    return [
      {
        name: "activity",
        path: "/opt/bundles/activity",
        task: "activity from PPG",
        labels: this.labels,
        engine: undefined,
        failure: undefined,
        failures: 0,
      },
    ];
  }

  sinks(): [] {
    return [];
  }

  history(
    wearer: string,
    { from = 0, to = Number.POSITIVE_INFINITY, limit }: { from?: number; to?: number; limit: number },
  ): readonly GatewayMessage[] {
    const found = this.messages.filter((message) => message.wearer === wearer && message.at >= from && message.at < to);
    return found.reverse().slice(0, limit);
  }

  mark(wearer: string, name: string, by: string): boolean {
    if (!this.fakes.some(({ id }) => id === wearer)) return false;
    this.tell({ type: "marker", name, by } as MarkerMessage, wearer, Date.now());
    return true;
  }

  ready(): boolean {
    return true;
  }

  private advance(to: number): void {
    for (const fake of this.fakes) {
      if (!isOpen(fake)) continue;
      for (const [stream, rate] of Object.entries(RATES)) this.samples(fake.id, stream, rate, to);
      if (Math.floor(to / (HOP_S * 1000)) !== Math.floor(this.at / (HOP_S * 1000))) this.answer(fake, to);
    }
    this.loseMs = Math.max(0, this.loseMs - (to - this.at));
    this.at = to;
  }

  private samples(id: string, stream: string, rate: number, to: number): void {
    const key = `${id} ${stream}`;
    const index = this.sent.get(key) ?? 0;
    const count = Math.floor(((to - this.started) / 1000) * rate) - index;
    if (count <= 0) return;
    this.sent.set(key, index + count);
    const gap = { stream, at: index, samples: count, cause: "lost" as const };
    if (this.loseMs > 0) {
      this.lost.set(id, (this.lost.get(id) ?? 0) + count);
      this.emit("gap", id, gap);
      return;
    }
    if (this.listenerCount("samples") === 0) return;
    const channels = channelsOf(stream).map(({ name }) => name);
    const values = new Float64Array(count * channels.length);
    for (let i = 0; i < values.length; i++)
      values[i] = wave(stream, i % channels.length, (index + Math.floor(i / channels.length)) / rate);
    const time = this.started + (index / rate) * 1000;
    this.emit("samples", id, { stream, channels, index, count, time, period: 1000 / rate, values });
  }

  private answer({ id }: FakeWearer, at: number): void {
    const turn = Math.sin(at / 23_000 + id.charCodeAt(id.length - 1)) * 2.2;
    const weights = this.labels.map((_, i) =>
      i < 2 ? Math.exp(i === 0 ? turn : -turn) : Math.exp((i - 1) * 0.4 * Math.sin(at / 9000 + i) - 0.6),
    );
    const sum = weights.reduce((a, b) => a + b, 0);
    const probs = weights.map((weight) => weight / sum);
    const index = probs.indexOf(Math.max(...probs));
    const quality = 0.62 + 0.35 * Math.abs(Math.sin(at / 31_000 + id.length));
    const jitter = 1 + 0.5 * Math.abs(Math.sin(at * 0.7)) + (Math.round(at / 1000) % 29 === 0 ? 3 : 0);
    const ms = {
      prepare: 0.4 * jitter,
      lower: 4.1 * jitter,
      bridge: 0.06 * jitter,
      upper: 3.2 * jitter,
      total: 7.8 * jitter,
    };
    const end = Math.floor(((at - this.started) / 1000) * RATES.ppg);
    const answer = {
      type: "prediction",
      source: sourceOf(id),
      t: [at - WINDOW_S * 1000, at],
      window: [end - WINDOW_S * RATES.ppg, end],
      label: this.labels[index]!,
      index,
      probs,
      quality,
      reasons: quality < 0.75 ? ["motion"] : [],
      reliable: quality >= 0.7,
      pulseRate: 72 + 14 * Math.sin(at / 41_000),
      lost: 0,
      ageMs: 9 * jitter,
      ms,
    } satisfies Prediction;
    this.tell({ ...answer, bundle: "activity" }, id, at);
  }

  private tell(message: object, wearer: string, at: number): void {
    const told = { ...message, id: `message-${this.number++}`, at, wearer } as GatewayMessage;
    if (told.type === "prediction") this.latest.set(wearer, told);
    this.messages.push(told);
    this.emit("message", told);
  }

  private status({ id, state = "open", reason, battery = null }: FakeWearer): WearerStatus {
    const never = state === "waiting";
    const samples = never ? 0 : (this.sent.get(`${id} ppg`) ?? 0);
    const lost = this.lost.get(id) ?? 0;
    const percentiles = { p50: 8.1, p95: 11.4, p99: 30.2 };
    const stages = ["prepare", "lower", "bridge", "upper", "total", "age"] as const;
    const summary = {
      type: "summary" as const,
      source: sourceOf(id),
      predictions: 60,
      unpredicted: 0,
      skippedHops: 0,
      dropped: 0,
      samples,
      lost,
      duplicates: 0,
      restarts: 0,
      clockJumps: 0,
      otherStreams: { samples: 0, lost: 0 },
      link: { ...idealLink(), bytes: samples * 6, frames: Math.floor(samples / 10), crcErrors: 2 },
      rings: [],
      clocks: [],
      ms: Object.fromEntries(stages.map((stage) => [stage, percentiles])) as Record<
        (typeof stages)[number],
        typeof percentiles
      >,
      eventLoopDelayMs: { p50: 0.2, p95: 0.9, p99: 2.1 },
    };
    return {
      id,
      source: sourceOf(id),
      port: never ? undefined : "/dev/ttyUSB0",
      state,
      reason,
      since: this.started,
      streams: never
        ? []
        : Object.entries(RATES).map(([name, rate], i) => ({ id: i + 1, name, rate, channels: channelsOf(name) })),
      ageMs: never ? null : state === "open" ? 38 : SILENT_MS,
      battery,
      bundles: [{ name: "activity", hop: HOP_S, latest: this.latest.get(id), summary: never ? undefined : summary }],
      recording: undefined,
      reopened: 0,
      samples,
      lost,
    };
  }
}

/** So many wearers, all live but one that is silent and one that waits, where there are more than three. */
export function manyWearers(count: number): FakeWearer[] {
  return Array.from({ length: count }, (_, i): FakeWearer => {
    const id = `w${String(i + 1).padStart(2, "0")}`;
    if (count > 3 && i === 4) return { id, state: "silent", reason: "no sample came for 7 s", battery: 0.14 };
    if (count > 3 && i === 7) return { id, state: "waiting", reason: "There is no port of the USB device 10c4:ea60." };
    return { id, battery: i % 3 === 0 ? Math.max(0.05, 0.86 - i * 0.04) : null };
  });
}

function isOpen({ state = "open" }: FakeWearer): boolean {
  return state === "open";
}

function sourceOf(id: string): string {
  return `usb:10c4:ea60?device=openview&serial=${id}`;
}

function channelsOf(stream: string): { name: string; unit: string; scale: number; offset: number }[] {
  const names = stream === "ppg" ? ["green", "infrared"] : ["x", "y", "z"];
  return names.map((name) => ({ name, unit: stream === "ppg" ? "counts" : "g", scale: 1, offset: 0 }));
}

/** A pulse of 72 a minute with a dicrotic notch, or a slow sway. */
function wave(stream: string, channel: number, seconds: number): number {
  if (stream !== "ppg")
    return (channel === 2 ? 1 : 0) + 0.12 * Math.sin(seconds * (1.1 + channel)) + 0.02 * Math.sin(seconds * 19);
  const phase = (seconds * 1.2) % 1;
  const beat = Math.exp(-(((phase - 0.22) / 0.09) ** 2)) + 0.35 * Math.exp(-(((phase - 0.52) / 0.08) ** 2));
  return 52_000 + channel * 9000 + 900 * beat * (1 - 0.3 * channel) + 120 * Math.sin(seconds * 1.6);
}
