import { predictionOf } from "../engine/answerer.js";
import type { CutWindow, Skipped } from "../engine/cut-window.js";
import { percentiles } from "../engine/statistics.js";
import type { EngineResult, Percentiles } from "../engine/types.js";
import { unpredicted } from "../engine/wearer.js";
import { now } from "../stream/feed.js";
import type { ResultMessage } from "./result-message.js";

/** Times of so many answers are kept for percentiles. */
const KEPT = 4096;

/** A window that other machines were asked to run. */
export interface Offer {
  readonly id: string;
  /** Wearer and bundle: those whose windows wait for one another. */
  readonly queue: string;
  readonly window: CutWindow;
  readonly labels: readonly string[];
  /** Epoch ms. */
  readonly sent: number;
  readonly deadline: number;
  settle(outcome: EngineResult | Skipped): void;
}

/** What became of windows since the start. All that were cut: `answered` + `failed` + `expired` + all `skipped` + `waiting`. */
export interface OfferAccount {
  /** Windows that the broker has confirmed. */
  readonly published: number;
  readonly answered: number;
  /** Answers of workers that their model had none. */
  readonly failed: number;
  /** Windows that nobody answered within their deadline. */
  readonly expired: number;
  /** Hops that were skipped, by reason. */
  readonly skipped: Readonly<Record<SkipReason, number>>;
  /** Windows that wait for their answers now. */
  readonly waiting: number;
  /** Answers that came twice, or too late; they are dropped. */
  readonly doubles: number;
  /** Messages that are no answers. */
  readonly unreadable: number;
  /** From sending to the answer but for the worker's own work, of the latest 4096 windows, ms. */
  readonly queueMs: Percentiles;
}

export type SkipReason = "away" | "behind" | "full" | "large" | "closed";

/** Windows on their way, and their account. Each is settled once. */
export class Offers {
  private readonly offers = new Map<string, { offer: Offer; timer: NodeJS.Timeout }>();
  private readonly waiting = new Map<string, number>();
  private readonly skipped: Record<SkipReason, number> = { away: 0, behind: 0, full: 0, large: 0, closed: 0 };
  private readonly counts = { published: 0, answered: 0, failed: 0, expired: 0, doubles: 0, unreadable: 0 };
  private readonly queueMs = new Float64Array(KEPT);
  private settled = 0;

  get account(): OfferAccount {
    const kept = this.queueMs.slice(0, Math.min(this.settled, KEPT));
    return {
      ...this.counts,
      skipped: { ...this.skipped },
      waiting: this.offers.size,
      queueMs: percentiles(kept),
    };
  }

  /** Windows of one queue that wait. */
  waitingIn(queue: string): number {
    return this.waiting.get(queue) ?? 0;
  }

  /** Whether an offer still waits for its answer. */
  has({ id }: Offer): boolean {
    return this.offers.has(id);
  }

  add(offer: Offer): void {
    const timer = setTimeout(() => this.expire(offer), offer.deadline - now());
    this.offers.set(offer.id, { offer, timer });
    this.waiting.set(offer.queue, this.waitingIn(offer.queue) + 1);
  }

  published(): void {
    this.counts.published++;
  }

  /** Counts a window that nobody is given. */
  skip(settle: Offer["settle"], why: SkipReason, reason: string): void {
    this.skipped[why]++;
    settle({ type: "skipped", reason });
  }

  /** Takes an offer back. */
  withdraw(offer: Offer, why: SkipReason, reason: string): void {
    if (this.take(offer.id)) this.skip(offer.settle, why, reason);
  }

  /** Takes an answer; undefined is a message that is none. */
  answer(result: ResultMessage | undefined): void {
    const offer = result && this.offers.get(result.window)?.offer;
    if (!result || (offer && !result.failure && result.probs?.length !== offer.labels.length)) {
      this.counts.unreadable++;
      return;
    }
    if (!offer || !this.take(offer.id)) {
      this.counts.doubles++;
      return;
    }
    const { facts, received, prepareMs } = offer.window;
    const { prepare, lower, bridge, upper } = result.ms;
    const at = now();
    const queue = Math.max(0, at - offer.sent - prepare - lower - bridge - upper);
    this.queueMs[this.settled++ % KEPT] = queue;
    if (!result.probs) {
      this.counts.failed++;
      offer.settle(unpredicted(facts.source, facts, result.failure ?? "the worker gave no reason"));
      return;
    }
    this.counts.answered++;
    const times = {
      ageMs: at - received,
      ms: { prepare: prepareMs + prepare, lower, bridge, upper, queue },
      together: result.together,
    };
    offer.settle(predictionOf(facts, offer.labels, result.probs, times));
  }

  /** Settles all that wait. */
  close(): void {
    for (const { offer } of this.offers.values()) this.withdraw(offer, "closed", "the gateway was stopped");
  }

  private expire(offer: Offer): void {
    if (!this.take(offer.id)) return;
    this.counts.expired++;
    const { facts } = offer.window;
    const seconds = Math.round((offer.deadline - offer.sent) / 100) / 10;
    offer.settle(unpredicted(facts.source, facts, `no worker has answered within ${seconds} s`));
  }

  private take(id: string): boolean {
    const found = this.offers.get(id);
    if (!found) return false;
    clearTimeout(found.timer);
    this.offers.delete(id);
    const { queue } = found.offer;
    const left = this.waitingIn(queue) - 1;
    if (left > 0) this.waiting.set(queue, left);
    else this.waiting.delete(queue);
    return true;
  }
}
