/** Where windows begin and end in a stream, in samples counted from its start. Window k ends `window + k * hop` seconds after it. */
export interface WindowPlan {
  /** Samples of a window. */
  readonly samples: number;
  /** Samples between the ends of two windows; need not be whole, ends are rounded. */
  readonly hop: number;
}

export function windowEnd(plan: WindowPlan, k: number): number {
  return plan.samples + Math.round(k * plan.hop);
}

/** The newest window that has ended when `head` samples are there; -1 when none has. */
export function newestWindow(plan: WindowPlan, head: number): number {
  if (head < plan.samples) return -1;
  let k = Math.floor((head - plan.samples) / plan.hop);
  while (windowEnd(plan, k + 1) <= head) k++;
  while (windowEnd(plan, k) > head) k--;
  return k;
}
