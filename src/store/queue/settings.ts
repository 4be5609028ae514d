import * as v from "valibot";
import type { QueueLimits } from "./entry.js";

const whole = (most: number) => {
  const expected = `a whole number from 1 to ${most}`;
  return v.pipe(v.number(expected), v.integer(expected), v.minValue(1, expected), v.maxValue(most, expected));
};

/** How much of what cannot be delivered is kept, by sink. */
export const queueSettings = v.strictObject({
  messages: v.optional(
    v.pipe(whole(100_000_000), v.description("Messages that may wait; beyond it the oldest are lost.")),
    1_000_000,
  ),
  megabytes: v.optional(
    v.pipe(whole(1_000_000), v.description("MB of messages that may wait; beyond it the oldest are lost.")),
    500,
  ),
  hours: v.optional(
    v.pipe(whole(87_600), v.description("Hours that a message may wait; one that waited longer is lost.")),
    168,
  ),
});

export type QueueSettings = v.InferOutput<typeof queueSettings>;

export function queueLimits({ messages, megabytes, hours }: QueueSettings): QueueLimits {
  return { messages, bytes: megabytes * 1e6, ageMs: hours * 3_600_000 };
}
