/** The streams and consumers that gateways and workers share on a broker; the first that needs one makes it. */

import {
  AckPolicy,
  DiscardPolicy,
  JetStreamApiError,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
  type StreamInfo,
} from "@nats-io/jetstream";
import { RESULTS_STREAM, RESULTS_SUBJECTS, WORKERS, windowsStream, windowsSubjects } from "./subjects.js";

const MS = 1e6;
/** A window that a worker does not speak of for so long is given to another, ms. */
export const ACK_WAIT_MS = 5_000;
/** A window that has ended so many workers is given to no further one. */
const MOST_DELIVERIES = 5;
/** Results are kept for a gateway that was away for a while, and second ones are recognised for as long, ms. */
const RESULTS_MS = 120_000;
const RESULTS_BYTES = 32 * 2 ** 20;

/** As the broker numbers its errors. */
const Code = { streamNotFound: 10059, streamInUse: 10058 } as const;

export interface QueueLimits {
  readonly deadlineMs: number;
  readonly bytes: number;
  readonly storage: "file" | "memory";
}

/** Makes the queue of a bundle's windows where there is none. One that lets windows wait for less long is changed. */
export async function ensureWindows(manager: JetStreamManager, hash: string, limits: QueueLimits): Promise<void> {
  const name = windowsStream(hash);
  const max_age = limits.deadlineMs * MS;
  const found = await ensure(manager, {
    name,
    subjects: [windowsSubjects(hash)],
    retention: RetentionPolicy.Workqueue,
    // A full queue refuses what is new, which the gateway then counts; otherwise it would lose what is old, which nobody does.
    discard: DiscardPolicy.New,
    max_age,
    max_bytes: limits.bytes,
    duplicate_window: Math.min(max_age, RESULTS_MS * MS),
    storage: limits.storage === "file" ? StorageType.File : StorageType.Memory,
  });
  if (found.config.max_age < max_age) await manager.streams.update(name, { ...found.config, max_age });
}

export function ensureResults(manager: JetStreamManager, storage: "file" | "memory"): Promise<StreamInfo> {
  return ensure(manager, {
    name: RESULTS_STREAM,
    subjects: [RESULTS_SUBJECTS],
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.Old,
    max_age: RESULTS_MS * MS,
    max_bytes: RESULTS_BYTES,
    duplicate_window: RESULTS_MS * MS,
    storage: storage === "file" ? StorageType.File : StorageType.Memory,
  });
}

/** Makes the consumer that a bundle's workers share. */
export async function ensureWorkers(manager: JetStreamManager, hash: string): Promise<void> {
  await manager.consumers.add(windowsStream(hash), {
    durable_name: WORKERS,
    ack_policy: AckPolicy.Explicit,
    ack_wait: ACK_WAIT_MS * MS,
    max_deliver: MOST_DELIVERIES,
    // Each worker waits with one request for each window that it may hold.
    max_waiting: 8192,
    max_ack_pending: 16_384,
  });
}

async function ensure(
  manager: JetStreamManager,
  config: Parameters<JetStreamManager["streams"]["add"]>[0],
): Promise<StreamInfo> {
  try {
    return await manager.streams.info(config.name);
  } catch (error) {
    if (!isApiError(error, Code.streamNotFound)) throw error;
  }
  try {
    return await manager.streams.add(config);
  } catch (error) {
    // Another gateway may have been faster, with limits of its own.
    if (isApiError(error, Code.streamInUse)) return manager.streams.info(config.name);
    throw error;
  }
}

function isApiError(error: unknown, code: number): boolean {
  return error instanceof JetStreamApiError && error.code === code;
}
