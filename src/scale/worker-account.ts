import type { Answered } from "../engine/array-runner.js";
import { percentiles } from "../engine/statistics.js";
import type { Percentiles } from "../engine/types.js";

/** Ages of so many windows are kept for percentiles. */
const KEPT = 4096;

/** What a worker's windows came to; every window that it was given is in one of the first four. */
export interface WorkerCounts {
  /** Answers, and the model's word that it has none, that the broker has confirmed. */
  answered: number;
  failed: number;
  /** Windows whose deadline had passed. */
  expired: number;
  /** Windows of another bundle, or that are none. */
  refused: number;
  /** Windows that another worker had been given before, which has not answered. */
  redelivered: number;
  /** Answers that the broker had from another worker already. */
  doubles: number;
}

/** Told of each time that is measured, s. */
export interface WorkerObserver {
  queueAge(seconds: number): void;
  stage(name: "prepare" | "lower" | "bridge" | "upper", seconds: number): void;
}

export class WorkerAccount {
  readonly counts: WorkerCounts = { answered: 0, failed: 0, expired: 0, refused: 0, redelivered: 0, doubles: 0 };
  observer: WorkerObserver | undefined;
  private readonly ages = new Float64Array(KEPT);
  private aged = 0;

  /** From the gateway to a free engine, ms of the latest 4096 windows, as far as the machines' clocks agree. */
  get queueAgeMs(): Percentiles {
    return percentiles(this.ages.slice(0, Math.min(this.aged, KEPT)));
  }

  /** @param ms since it was sent; below 0 where the clocks differ */
  begun(ms: number): void {
    const age = Math.max(0, ms);
    this.ages[this.aged++ % KEPT] = age;
    this.observer?.queueAge(age / 1000);
  }

  ran({ answers, ms }: Answered): void {
    const { observer } = this;
    if (!observer) return;
    for (const { prepareMs } of answers) observer.stage("prepare", prepareMs / 1000);
    for (const stage of ["lower", "bridge", "upper"] as const) observer.stage(stage, ms[stage] / 1000);
  }
}
