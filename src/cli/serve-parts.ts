/** What a gateway is put together from: the sections of its configuration, and who does what they say. */

import type { Config, Gateway, Log } from "../gateway/index.js";

/** Schemas of the sections that parts of the gateway read. */
export async function sections() {
  return {};
}

type ServeConfig = Config<Awaited<ReturnType<typeof sections>>>;

/** A running gateway with all that belongs to it. */
export interface Served {
  readonly gateway: Gateway;
  reload(config: ServeConfig): Promise<void>;
  close(): Promise<void>;
}

export async function compose(config: ServeConfig, log: Log): Promise<Served> {
  const { Gateway, recordInto } = await import("../gateway/index.js");
  const gateway = new Gateway(config, { log, record: recordInto({ folder: `${config.data}/recordings` }, log) });
  return {
    gateway,
    reload: (next) => gateway.reload(next),
    close: () => gateway.close(),
  };
}
