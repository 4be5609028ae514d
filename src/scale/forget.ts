import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { connectionOptions } from "./connection.js";
import type { BrokerSettings } from "./settings.js";
import { anyWindowSubject, isWindowsStream, type Owner, RESULTS_STREAM, resultSubject } from "./subjects.js";

/** How long the broker may take to be reached, ms. */
const REACH_MS = 5_000;

/**
 * Has the broker drop what waits there of a wearer: windows for workers of any bundle, and their results. Over a connection of its own, so
 * that it can be done whether a gateway runs or not.
 *
 * @returns whether there was anything; `unreachable` where the broker was not reached, and lets it go by age
 * @throws BioxError INVALID_ARGUMENT, FILE_UNREADABLE of the settings
 */
export async function forgetWindows(
  settings: BrokerSettings,
  owner: Owner,
): Promise<"cleared" | "nothing" | "unreachable"> {
  const options = connectionOptions(settings, `biox forget of ${owner.gateway}`);
  try {
    const nats = await connect({ ...options, reconnect: false, timeout: REACH_MS });
    try {
      const { streams } = await jetstreamManager(nats);
      let purged = 0;
      for await (const name of streams.names()) {
        const filter =
          name === RESULTS_STREAM ? resultSubject(owner) : isWindowsStream(name) ? anyWindowSubject(owner) : undefined;
        if (filter !== undefined)
          purged += (await streams.purge(name, { filter } as { filter: string; keep: 0 })).purged;
      }
      return purged > 0 ? "cleared" : "nothing";
    } finally {
      await nats.close();
    }
  } catch {
    return "unreachable";
  }
}
