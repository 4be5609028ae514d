import { setImmediate as yieldToMessages } from "node:timers/promises";
import type { Bell } from "../stream/bell.js";
import type { Answerer } from "./answerer.js";
import type { CutWindow } from "./cut-window.js";
import type { EngineResult } from "./types.js";
import type { Taken, Wearer } from "./wearer.js";

/** Longest sleep without a look around, ms. */
const NAP_MS = 100;

/** What a schedule needs of the thread that it works in. */
export interface Surroundings {
  /** Rung when a sample that a wearer waits for is there, a message has come, or a run is to stop. */
  readonly bell: Bell;
  /** Whether nothing is to be begun any more. */
  closing(): boolean;
  /** Says that ONNX Runtime may be at work. */
  setBusy(busy: boolean): void;
  result(id: number, result: EngineResult | CutWindow, skippedHops: number): void;
  done(id: number, skippedHops: number): void;
  failed(id: number, error: unknown): void;
}

interface Entry {
  readonly id: number;
  readonly wearer: Wearer;
  readonly stopped: () => boolean;
}

/**
 * Gives the wearers of one engine thread their turns with its model.
 *
 * Whenever the model is free, the window whose answer is due first is run, together with the next due ones of other wearers where the
 * model takes several. A wearer has one turn at a time, so its windows are run in order and its filters keep their state.
 */
export class Schedule {
  private readonly entries = new Map<number, Entry>();
  private work: Promise<void> | undefined;

  constructor(
    private readonly answerer: Answerer,
    private readonly around: Surroundings,
  ) {}

  add(id: number, wearer: Wearer, stopped: () => boolean): void {
    this.entries.set(id, { id, wearer, stopped });
  }

  /** The wearer of a run that has not ended. */
  find(id: number): Wearer | undefined {
    return this.entries.get(id)?.wearer;
  }

  /** Works until no wearer is left, or the thread is closed. Where it works already, that is waited for. */
  run(): Promise<void> {
    this.work ??= this.takeTurns().finally(() => {
      this.work = undefined;
    });
    return this.work;
  }

  private async takeTurns(): Promise<void> {
    const { bell } = this.around;
    for (;;) {
      const rings = bell.rings;
      await yieldToMessages();
      this.retire();
      if (this.entries.size === 0) return;
      let due = this.due();
      if (due.length === 0) {
        for (const { wearer } of this.entries.values()) wearer.wake();
        // A sample may have come between the look and the wish to be woken.
        due = this.due();
      }
      if (due.length > 0) await this.serve(due);
      else if (!this.someEnded()) bell.sleep(rings, NAP_MS);
    }
  }

  private retire(): void {
    for (const { id, wearer, stopped } of this.entries.values()) {
      if (!(this.around.closing() || stopped() || wearer.ended)) continue;
      this.entries.delete(id);
      this.around.done(id, wearer.skippedHops);
    }
  }

  private someEnded(): boolean {
    for (const { wearer } of this.entries.values()) if (wearer.ended) return true;
    return false;
  }

  /** Wearers whose next window is complete, the most urgent first, as many as the model takes at once. */
  private due(): Entry[] {
    const urgency: [number, Entry][] = [];
    for (const entry of this.entries.values()) {
      const { deadline } = entry.wearer;
      if (deadline < Number.POSITIVE_INFINITY) urgency.push([deadline, entry]);
    }
    urgency.sort(([a], [b]) => a - b);
    return urgency.slice(0, this.answerer.batch).map(([, entry]) => entry);
  }

  private async serve(due: readonly Entry[]): Promise<void> {
    const { answerer, around } = this;
    const lanes: { entry: Entry; taken: Taken }[] = [];
    for (const entry of due) {
      const taken = this.take(entry, lanes.length);
      if (taken) lanes.push({ entry, taken });
    }
    if (lanes.length === 0) return;
    around.setBusy(true);
    try {
      // In this order: a process that ends first closes and then asks whether anyone is busy.
      if (around.closing()) return;
      await answerer.runBatch(lanes.length);
    } finally {
      around.setBusy(false);
    }
    lanes.forEach(({ entry: { id, wearer }, taken }, lane) => {
      around.result(id, answerer.answer(wearer, taken, lane, lanes.length), wearer.skippedHops);
    });
  }

  /** Prepares a wearer's window; what goes wrong there is that wearer's alone. */
  private take({ id, wearer }: Entry, lane: number): Taken | undefined {
    try {
      const taken = wearer.take(this.answerer.inputOf(lane, wearer));
      if (taken && "reason" in taken) this.around.result(id, taken, wearer.skippedHops);
      else return taken;
    } catch (error) {
      this.entries.delete(id);
      this.around.failed(id, error);
    }
    return undefined;
  }
}
