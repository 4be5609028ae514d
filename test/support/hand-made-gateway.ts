import { EventEmitter } from "node:events";
import type { ForgetReport } from "../../src/gateway/forget/report.js";
import type { BundleStatus, GatewayEvents, GatewayFace, WearerStatus } from "../../src/gateway/types.js";
import type { BrokerReport } from "../../src/scale/index.js";
import type { AnswerMessage, GatewayMessage, SinkReport } from "../../src/sinks/sink.js";
import { idealLink } from "../../src/stream/feed.js";

/** When all that is marked was marked: not now, so that who takes the time from elsewhere is found out. */
export const MARKED = 1_760_000_000_250;

const ID = "01920000-0000-7000-8000-00000000000";

export function answer(over: Partial<AnswerMessage> = {}): AnswerMessage {
  return {
    id: `${ID}1`,
    at: 1_760_000_000_000,
    wearer: "w01",
    bundle: "stress",
    type: "prediction",
    source: "sim:?hr=72",
    t: [1_759_999_992_000, 1_760_000_000_000],
    window: [0, 1000],
    label: "calm",
    index: 0,
    probs: [0.9, 0.1],
    quality: 0.8,
    reasons: ["motion"],
    reliable: true,
    pulseRate: 72,
    lost: 0,
    ageMs: 12,
    ms: { prepare: 1, lower: 2, bridge: 0.5, upper: 1.5, total: 5 },
    ...over,
  } as AnswerMessage;
}

const percentiles = { p50: 1, p95: 2, p99: 3 };

/** Counters of a run, all different from one another, so that a metric that shows another's is noticed. */
function summary(): NonNullable<WearerStatus["bundles"][number]["summary"]> {
  return {
    type: "summary",
    source: "sim:?hr=72",
    predictions: 40,
    unpredicted: 2,
    skippedHops: 3,
    dropped: 4,
    samples: 10_000,
    lost: 50,
    duplicates: 6,
    restarts: 7,
    clockJumps: 8,
    otherStreams: { samples: 900, lost: 9 },
    link: {
      ...idealLink(),
      bytes: 5000,
      frames: 210,
      crcErrors: 11,
      framingErrors: 12,
      oversize: 13,
      resyncs: 14,
      undescribed: 15,
      reconnects: 16,
      startsRepeated: 17,
    },
    rings: [{ stream: "ppg", seconds: 180, held: 1800, overwritten: 18, ageMs: 20 }],
    clocks: [
      {
        stream: "ppg",
        nominalRate: 125,
        rate: 125.01,
        rateError: null,
        clock: "device",
        driftPpm: 3,
        driftErrorPpm: 0.5,
        jitterMs: 0.1,
        confidence: 1,
      },
    ],
    ms: {
      prepare: percentiles,
      lower: percentiles,
      bridge: percentiles,
      upper: percentiles,
      total: percentiles,
      age: percentiles,
    },
    eventLoopDelayMs: percentiles,
  };
}

/** A gateway without sources: it says what a test tells it to. */
/** The account of a broker at which nothing has happened. */
export const NO_WORKERS: BrokerReport = {
  state: "open",
  reason: undefined,
  published: 0,
  answered: 0,
  failed: 0,
  expired: 0,
  skipped: { away: 0, behind: 0, full: 0, large: 0, closed: 0 },
  waiting: 0,
  doubles: 0,
  unreadable: 0,
  queueMs: { p50: 0, p95: 0, p99: 0 },
};

export class HandMadeGateway extends EventEmitter<GatewayEvents> implements GatewayFace {
  readonly id = "ward-3";
  readonly started = 1_759_999_000_000;
  isReady = true;
  workers: BrokerReport | undefined;
  reports: SinkReport[] = [
    {
      name: "mqtt",
      state: "waiting",
      reason: "The broker is away.",
      taken: 50,
      delivered: 30,
      waiting: 19,
      lost: 1,
      interruptions: 2,
    },
  ];
  readonly forgotten: string[] = [];
  readonly marks: { wearer: string; name: string; by: string }[] = [];
  readonly messages: GatewayMessage[] = [
    answer(),
    {
      id: `${ID}2`,
      at: 1_759_999_995_000,
      wearer: "w01",
      bundle: "stress",
      type: "unpredicted",
      source: "sim:?hr=72",
      t: [1_759_999_987_000, 1_759_999_995_000],
      window: [0, 1000],
      lost: 900,
      reason: "too much is lost",
    },
    {
      id: `${ID}3`,
      at: 1_759_999_994_000,
      wearer: "w01",
      bundle: "stress",
      type: "overload",
      skippedHops: 2,
      skippedInAll: 3,
    },
    { id: `${ID}4`, at: 1_759_999_993_000, wearer: "w01", type: "marker", name: "walk", by: "nurse" },
    {
      id: `${ID}5`,
      at: 1_759_999_992_000,
      wearer: "w01",
      type: "link",
      source: "sim:?hr=72",
      state: "waiting",
      reason: "not there",
      link: idealLink(),
    },
  ];
  status: WearerStatus[] = [
    {
      id: "w01",
      source: "sim:?hr=72",
      port: "/dev/ttyUSB0",
      state: "open",
      reason: undefined,
      since: 1_759_999_001_000,
      streams: [{ id: 1, name: "ppg", rate: 125, channels: [{ name: "ppg", unit: "a.u.", scale: 1, offset: 0 }] }],
      ageMs: 8,
      battery: 0.7,
      bundles: [{ name: "stress", hop: 2, latest: answer(), summary: summary(), run: 1 }],
      recording: "/var/lib/biox/w01.bioxrec",
      opened: 1,
      link: summary().link,
      reopened: 16,
      samples: 10_900,
      lost: 59,
    },
    {
      id: "w02",
      source: "serial:/dev/ttyUSB1?device=biox",
      port: undefined,
      state: "waiting",
      reason: "not there",
      since: 1_759_999_002_000,
      streams: [],
      ageMs: null,
      battery: null,
      bundles: [{ name: "stress", hop: 2, latest: undefined, summary: undefined, run: 0 }],
      recording: undefined,
      opened: 0,
      link: undefined,
      reopened: 0,
      samples: 0,
      lost: 0,
    },
  ];

  wearers(): readonly WearerStatus[] {
    return this.status;
  }

  broker(): BrokerReport | undefined {
    return this.workers;
  }

  bundles(): readonly BundleStatus[] {
    return [
      {
        name: "stress",
        path: "/opt/bundles/stress",
        task: "stress",
        labels: ["calm", "stress"],
        engine: {
          name: "stress",
          labels: ["calm", "stress"],
          window: { seconds: 8, hop: 2 },
          engines: 1,
          threads: 1,
          batch: { most: 1, lower: false, upper: false },
          bridge: { plan: "folded" },
          loadMs: 50,
        },
        failure: undefined,
        failures: 0,
      },
      {
        name: "sleep",
        path: "/opt/bundles/sleep",
        task: "",
        labels: [],
        engine: undefined,
        failure: "It is not there.",
        failures: 3,
      },
    ];
  }

  sinks(): readonly SinkReport[] {
    return this.reports;
  }

  history(
    wearer: string,
    { from = 0, to = Number.POSITIVE_INFINITY, limit }: { from?: number; to?: number; limit: number },
  ) {
    return this.messages.filter((m) => m.wearer === wearer && m.at >= from && m.at <= to).slice(0, limit);
  }

  mark(wearer: string, name: string, by: string): number | undefined {
    if (!this.status.some(({ id }) => id === wearer)) return undefined;
    this.marks.push({ wearer, name, by });
    return MARKED;
  }

  async forget(wearer: string): Promise<ForgetReport> {
    this.forgotten.push(wearer);
    return {
      wearer,
      dryRun: false,
      files: [{ path: "recordings/w07/a.bioxrec", bytes: 5 }],
      rows: { "history.sqlite": 3 },
      lines: {},
      brokers: [{ sink: "mqtt", state: "cleared" }],
      remains: ["Backups may still name the id."],
    };
  }

  ready(): boolean {
    return this.isReady;
  }
}
