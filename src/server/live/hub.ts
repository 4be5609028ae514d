import type { GatewayEvents, GatewayFace } from "../../gateway/types.js";
import { brief, Handles } from "./brief.js";
import { type Dropped, LIVE_VERSION, type ServerFrame } from "./protocol.js";
import { SampleBatches } from "./sample-batches.js";
import type { Viewer } from "./viewer.js";

/** Samples go out 20 times a second: enough for the eye, and few frames. */
const FLUSH_MS = 50;
const STATUS_MS = 1000;

export interface LiveReport {
  readonly viewers: number;
  /** What viewers, those that have left included, were not sent because they took too slowly; and how many were closed for it. */
  readonly dropped: Dropped;
  readonly stuck: number;
}

/** All viewers and what they are told. It listens to the gateway only while there are some, and to samples only while some are watched. */
export class LiveHub {
  readonly viewers = new Set<Viewer>();
  private readonly handles = new Handles();
  private readonly batches = new SampleBatches((wearer, frame, samples) => {
    for (const viewer of this.viewers) if (viewer.watched === wearer) viewer.sendSamples(frame, samples);
  });
  /** Ids of streams by wearer and name; names that were not found are asked for again with the next status. */
  private readonly streams = new Map<string, number | undefined>();
  private readonly left = { frames: 0, samples: 0, messages: 0 };
  private stuck = 0;
  private statusTimer: NodeJS.Timeout | undefined;
  private flushTimer: NodeJS.Timeout | undefined;

  constructor(private readonly gateway: GatewayFace) {}

  enter(viewer: Viewer): void {
    this.viewers.add(viewer);
    if (!this.statusTimer) {
      this.gateway.on("message", this.onMessage);
      this.statusTimer = setInterval(() => this.status(), STATUS_MS);
      this.statusTimer.unref();
    }
    const { gateway } = this;
    const { id, started } = gateway;
    const wearers = gateway.wearers().map((status) => brief(status, this.handles.of(status.id)));
    viewer.send({
      type: "hello",
      version: LIVE_VERSION,
      at: Date.now(),
      gateway: id,
      started,
      bundles: gateway.bundles(),
      wearers,
    });
  }

  leave(viewer: Viewer): void {
    if (!this.viewers.delete(viewer)) return;
    for (const key of ["frames", "samples", "messages"] as const) this.left[key] += viewer.dropped[key];
    this.unwatched(viewer.watched);
    if (this.viewers.size > 0) return;
    this.gateway.off("message", this.onMessage);
    clearInterval(this.statusTimer);
    this.statusTimer = undefined;
  }

  watch(viewer: Viewer, wearer: string | null): void {
    const before = viewer.watched;
    const found = wearer === null ? undefined : this.gateway.wearers().find(({ id }) => id === wearer);
    viewer.watched = found?.id ?? null;
    const handle = found ? this.handles.of(found.id) : null;
    viewer.send({ type: "watching", wearer: viewer.watched, handle });
    if (before !== viewer.watched) this.unwatched(before);
    if (!found || this.flushTimer) return;
    this.gateway.on("samples", this.onSamples);
    this.gateway.on("gap", this.onGap);
    this.flushTimer = setInterval(() => this.batches.flush(), FLUSH_MS);
    this.flushTimer.unref();
  }

  report(): LiveReport {
    const dropped = { ...this.left };
    for (const viewer of this.viewers)
      for (const key of ["frames", "samples", "messages"] as const) dropped[key] += viewer.dropped[key];
    return { viewers: this.viewers.size, dropped, stuck: this.stuck };
  }

  close(): void {
    for (const viewer of [...this.viewers]) this.leave(viewer);
  }

  private unwatched(wearer: string | null): void {
    const watched = new Set([...this.viewers].map((viewer) => viewer.watched));
    if (wearer !== null && !watched.has(wearer)) this.batches.forget(wearer);
    watched.delete(null);
    if (watched.size > 0 || !this.flushTimer) return;
    this.gateway.off("samples", this.onSamples);
    this.gateway.off("gap", this.onGap);
    clearInterval(this.flushTimer);
    this.flushTimer = undefined;
  }

  private isWatched(wearer: string): boolean {
    for (const viewer of this.viewers) if (viewer.watched === wearer) return true;
    return false;
  }

  private readonly onMessage = (...[message]: GatewayEvents["message"]): void => {
    const text = JSON.stringify({ type: "message", message } satisfies ServerFrame);
    for (const viewer of this.viewers) viewer.sendText(text);
  };

  private readonly onSamples = (...[wearer, event]: GatewayEvents["samples"]): void => {
    if (!this.isWatched(wearer)) return;
    const stream = this.streamId(wearer, event.stream);
    if (stream !== undefined) this.batches.add(wearer, this.handles.of(wearer), stream, event);
  };

  private readonly onGap = (...[wearer, gap]: GatewayEvents["gap"]): void => {
    const handle = this.handles.of(wearer);
    for (const viewer of this.viewers) if (viewer.watched === wearer) viewer.send({ type: "gap", handle, gap });
  };

  private streamId(wearer: string, name: string): number | undefined {
    const key = `${wearer} ${name}`;
    if (!this.streams.has(key)) {
      const status = this.gateway.wearers().find(({ id }) => id === wearer);
      this.streams.set(key, status?.streams.find((stream) => stream.name === name)?.id);
    }
    return this.streams.get(key);
  }

  private status(): void {
    const all = this.gateway.wearers();
    // A source that was opened again may be another device.
    this.streams.clear();
    const common = JSON.stringify({
      type: "status",
      at: Date.now(),
      ready: this.gateway.ready(),
      bundles: this.gateway.bundles(),
      wearers: all.map((status) => brief(status, this.handles.of(status.id))),
    }).slice(0, -1);
    const accounts = new Map<string | null, string>();
    for (const viewer of this.viewers) {
      if (viewer.closeIfStuck()) {
        this.stuck++;
        continue;
      }
      const { watched, dropped } = viewer;
      if (!accounts.has(watched)) accounts.set(watched, JSON.stringify(all.find(({ id }) => id === watched) ?? null));
      viewer.sendText(`${common},"watched":${accounts.get(watched)},"dropped":${JSON.stringify(dropped)}}`);
    }
  }
}
