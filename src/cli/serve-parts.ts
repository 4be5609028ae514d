/** What a gateway is put together from: the sections of its configuration, and who does what they say. */

import * as v from "valibot";
import type { Config, Gateway, Log, SinkLog } from "../gateway/index.js";
import { loadBundle } from "../index.js";

/** Schemas of the sections that parts of the gateway read. */
export async function sections() {
  const { historySettings, listenSettings, recordingsSettings, scaleSettings, sinksSettings, trustSettings } =
    await import("../gateway/index.js");
  const section = <S extends v.GenericSchema>(schema: S, means: string) => v.pipe(schema, v.description(means));
  return {
    trust: section(v.optional(trustSettings, {}), "Whose bundles are run."),
    listen: section(v.optional(listenSettings, {}), "HTTP interface and live page."),
    sinks: section(v.optional(sinksSettings, []), "Where messages go, beside page and history."),
    history: section(v.optional(historySettings, {}), "How long messages are kept."),
    recordings: section(v.optional(recordingsSettings, {}), "Where recordings are kept, how long, and for whom."),
    scale: section(v.optional(scaleSettings), "Bundles that other machines run, over NATS JetStream."),
  };
}

export type ServeConfig = Config<Awaited<ReturnType<typeof sections>>>;

/** What is read once: a change of it waits for the next start. */
const FIXED = ["gateway", "data", "history", "recordings", "scale", "log"] as const;

/** A running gateway with all that belongs to it. */
export interface Served {
  readonly gateway: Gateway;
  /** Of the HTTP interface. */
  readonly url: string;
  /** @throws BioxError where the new configuration cannot be used; all then goes on as it was */
  reload(config: ServeConfig): Promise<void>;
  close(): Promise<void>;
}

/** @throws BioxError where a sink, the broker or the HTTP interface cannot be opened */
export async function compose(first: ServeConfig, log: Log): Promise<Served> {
  const {
    checkListen,
    makeFolder,
    Gateway,
    SinkSet,
    WindowBroker,
    localLoader,
    scaledLoader,
    forgetRunning,
    openControl,
    openStorage,
    recordInto,
    startServer,
  } = await import("../gateway/index.js");
  let config = first;
  await makeFolder(config.data);
  const { gateway: id, data, scale } = config;
  let begin!: (gateway: Gateway) => void;
  const begun = new Promise<Gateway>((resolve) => {
    begin = resolve;
  });
  const forget = async (wearer: string) => (await (await begun).forget(wearer))!;
  const control = await openControl(data, { forget }, (reason) =>
    log.warn({ reason }, "no socket in the data folder: 'biox forget' needs the gateway stopped"),
  );
  const storage = await openStorage(config, log);
  const broker = scale && new WindowBroker(scale, id);
  broker?.on("state", ({ state, reason }) => {
    const facts = { broker: state, reason };
    if (state === "away") log.warn(facts, "broker of workers is away");
    else log.info(facts, `broker of workers is ${state}`);
  });
  const local = localLoader(() => config.trust);
  const sinks = new SinkSet({ gateway: id, data, log });
  await sinks.change(config.sinks, async () => {});
  const gateway = new Gateway(config, {
    log,
    sinks: sinks.sinks,
    loader: broker && scale ? scaledLoader(broker, scale.bundles, local) : local,
    ...(broker ? { broker: () => broker.report() } : {}),
    history: storage.history,
    record: recordInto(storage.recordings, log),
    forget: (wearer, open) => forgetRunning(wearer, config, open),
  });
  begin(gateway);
  const keeper = storage.keep(() => gateway.wearers().flatMap(({ recording }) => recording ?? []));
  const warn = (message: string): void => log.warn({}, message);
  const serve = async (listen: ServeConfig["listen"]) => {
    const server = await startServer(gateway, listen, { warn });
    log.info({ url: server.url }, "page and HTTP interface are open");
    return server;
  };
  let server = await serve(config.listen).catch(async (cause) => {
    await gateway.close();
    await Promise.all([broker?.close(), control?.close()]);
    throw cause;
  });
  return {
    gateway,
    get url() {
      return server.url;
    },
    async reload(next) {
      const changed = FIXED.filter((key) => !same(next[key], config[key]));
      if (changed.length > 0) log.warn({ keys: changed }, "some keys have changed that are read only at the start");
      const fixed = Object.fromEntries(FIXED.map((key) => [key, config[key]]));
      const wanted = { ...next, ...fixed } as ServeConfig;
      const { listen } = wanted;
      const anew = !same(config.trust, wanted.trust);
      // What can be found out beforehand, before anything is touched.
      const names = Object.keys(wanted.bundles);
      await requireBundles(
        wanted,
        names.filter((name) => anew || !same(config.bundles[name], wanted.bundles[name])),
      );
      await requireSinks(wanted, log);
      const goOn = (): Promise<void> =>
        sinks.change(wanted.sinks, (open) => {
          config = wanted;
          return gateway.reload(wanted, open, { bundlesAnew: anew });
        });
      if (same(config.listen, listen)) {
        server.reloadCertificate();
        return goOn();
      }
      checkListen(listen);
      const old = { server, listen: config.listen };
      // The page is away for as short as can be, and not at all where two ports can be open at once.
      const beside = listen.port === 0 || listen.port !== old.server.port;
      if (!beside) await old.server.close();
      try {
        server = await serve(listen);
        await goOn();
      } catch (cause) {
        if (server !== old.server) await server.close();
        server = beside ? old.server : await serve(old.listen);
        throw cause;
      }
      if (beside) await old.server.close();
    },
    async close() {
      // In the order in which they use one another.
      await Promise.all([server.close(), gateway.close()]);
      await Promise.all([broker?.close(), keeper.close(), control?.close()]);
    },
  };
}

/**
 * Reads bundles, as they are run later.
 *
 * @param names those that are looked at: all unless given
 * @throws BioxError as `loadBundle`
 */
export async function requireBundles({ bundles, trust }: ServeConfig, names = Object.keys(bundles)): Promise<void> {
  for (const name of names) await loadBundle(bundles[name]!.path, { trust });
}

/** Reads the files that sinks name. @throws BioxError as `prepareSink` */
export async function requireSinks({ gateway, data, sinks }: ServeConfig, log: SinkLog): Promise<void> {
  const { prepareSink } = await import("../gateway/index.js");
  for (const settings of sinks) await prepareSink(settings, { gateway, data, log });
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
