import type { Payload } from "./outbox.js";

/** A payload as it comes out of a queue; `undefined` where a disk has changed it. */
export function parsePayload(body: string): Payload | undefined {
  try {
    const payload = JSON.parse(body);
    const named = /^[a-z]{1,20}$/.test(payload.type) && /^[A-Za-z0-9_-]{1,40}$/.test(payload.wearer);
    return named ? payload : undefined;
  } catch {
    return undefined;
  }
}
