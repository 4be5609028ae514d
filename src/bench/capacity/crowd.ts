import { setTimeout as sleep } from "node:timers/promises";
import type { Bundle } from "../../bundle/index.js";
import { LatencySeries } from "../latency/series.js";
import { startWearable, type Wearable } from "../latency/wearable.js";
import type { Host } from "./host.js";

/** What so many wearables at once came to. */
export interface Level {
  wearers: number;
  windows: number;
  /** From the last byte of a window to its result, ms. */
  p50: number;
  p99: number;
  /** Windows that were left out, and samples that were lost. */
  skippedHops: number;
  lost: number;
  /** What was not kept up with; null where all was. */
  failure: "deadline" | "hops skipped" | "samples lost" | "wearer without windows" | null;
}

interface Member {
  wearable: Wearable;
  /** Windows answered since it began. */
  windows: number;
  leave: () => Promise<void>;
}

/** A number of simulated wearables whose windows a host runs; it grows and shrinks as asked. */
export class Crowd {
  private readonly members: Member[] = [];
  private ages: LatencySeries | undefined;
  private seeds = 0;

  /** @param pace speed of the signal, and real seconds between two windows */
  constructor(
    private readonly bundle: Bundle,
    private readonly host: Host,
    private readonly pace: { speed: number; hop: number },
  ) {}

  /** Real seconds until a new wearable's first window is full. */
  get fillSeconds(): number {
    return this.bundle.manifest.window.seconds / this.pace.speed;
  }

  /** Has so many wearables, waits until all have had a window, and measures for `seconds`. Undefined where `signal` ended it. */
  async measure(wearers: number, seconds: number, signal: AbortSignal | undefined): Promise<Level | undefined> {
    const grown = wearers > this.members.length;
    while (this.members.length > wearers && !signal?.aborted) await this.remove();
    while (this.members.length < wearers && !signal?.aborted) await this.add();
    const settle = (grown ? this.fillSeconds : 0) + this.pace.hop;
    await pause(settle, signal);
    const before = this.counters();
    const answered = this.members.map(({ windows }) => windows);
    const ages = new LatencySeries();
    this.ages = ages;
    await pause(seconds, signal);
    this.ages = undefined;
    if (signal?.aborted) return undefined;
    const after = this.counters();
    const skippedHops = after.skippedHops - before.skippedHops;
    const lost = after.lost - before.lost;
    const p99 = ages.percentile(99);
    // A wearable that has died must not count as one that is kept up with.
    const silent = this.members.some(({ windows }, i) => windows === answered[i]);
    const failure =
      lost > 0
        ? "samples lost"
        : skippedHops > 0
          ? "hops skipped"
          : silent
            ? "wearer without windows"
            : p99 > this.pace.hop * 1000
              ? "deadline"
              : null;
    return { wearers, windows: ages.count, p50: ages.percentile(50), p99, skippedHops, lost, failure };
  }

  async close(): Promise<void> {
    while (this.members.length > 0) await this.remove();
  }

  private async add(): Promise<void> {
    const wearable = await startWearable(this.bundle, this.pace.speed, { seed: ++this.seeds });
    const member: Member = { wearable, windows: 0, leave: async () => {} };
    member.leave = this.host.add(wearable.source, (ageMs) => {
      member.windows++;
      this.ages?.add(ageMs);
    });
    this.members.push(member);
  }

  private async remove(): Promise<void> {
    const { wearable, leave } = this.members.pop()!;
    await leave();
    await wearable.close();
  }

  private counters(): { skippedHops: number; lost: number } {
    const sum = { skippedHops: 0, lost: 0 };
    for (const { wearable } of this.members) {
      sum.skippedHops += this.host.skippedHops(wearable.source);
      sum.lost += wearable.source.stats.lost;
    }
    return sum;
  }
}

function pause(seconds: number, signal: AbortSignal | undefined): Promise<void> {
  return sleep(seconds * 1000, undefined, signal ? { signal } : {}).catch(() => {});
}
