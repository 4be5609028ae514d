import { dirname, resolve } from "node:path";
import { Command } from "commander";
import type { Gateway, Log } from "../gateway/index.js";
import { compose, requireBundles, requireSinks, type ServeConfig, type Served, sections } from "./serve-parts.js";

/** A stop is over within 2 s: what still computes or delivers then is left behind. */
const PATIENCE_MS = 1700;
const READY_LOOK_MS = 100;
/** Writing by the group, and anything by others. */
const OPEN_TO_OTHERS = 0o027;

export function serveCommand(): Command {
  return new Command("serve")
    .description("Keeps the wearers of a configuration connected and their bundles running, for months.")
    .argument("<config>", "YAML file; 'biox init' writes one")
    .option("--check", "only say whether the configuration can be used")
    .addHelpText(
      "after",
      `
Paths in the configuration are taken from its folder. SIGHUP reads it again, SIGTERM ends the gateway.

Examples:
  $ biox init gateway.yaml
  $ biox serve --check gateway.yaml
  $ biox serve gateway.yaml`,
    )
    .action(serve);
}

async function serve(path: string, flags: { check?: boolean }): Promise<void> {
  // One rule for all paths, whichever part reads them.
  const file = resolve(path);
  const folder = dirname(file);
  const { createLog, readConfig, requireFolder, ServiceNotifier } = await import("../gateway/index.js");
  await requireFolder(folder);
  process.chdir(folder);
  const read = async () => readConfig(file, await sections());
  const config = await read();
  if (flags.check) {
    await check(config);
    return;
  }
  // What is kept of wearers is no business of other users, whoever starts the gateway.
  process.umask(process.umask() | OPEN_TO_OTHERS);
  const log = await createLog(config.log.level, config.gateway);
  const notifier = new ServiceNotifier(log);
  const served = await compose(config, log);
  const { gateway } = served;
  const ready = (): void => notifier.ready(`${gateway.wearers().length} wearers`);
  let stopping = false;
  // One after another, and the last one has what the file then says.
  let reloading = Promise.resolve();
  process.on("SIGHUP", () => {
    reloading = reloading.then(() => (stopping ? undefined : reload(served, read, log, notifier, ready)));
  });
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.on(signal, () => {
      if (stopping) leave(signal);
      stopping = true;
      void stop(served, log, notifier);
    });
  await untilReady(gateway);
  log.info({ wearers: gateway.wearers().length, bundles: gateway.bundles().length }, "gateway is ready");
  ready();
}

/** Reads bundles, tokens, certificates and passwords as well: what a configuration names must be there. */
async function check(config: ServeConfig): Promise<void> {
  const { checkListen, createLog, requireBroker } = await import("../gateway/index.js");
  checkListen(config.listen);
  await requireBundles(config);
  await requireSinks(config, await createLog("silent", config.gateway));
  if (config.scale) requireBroker(config.scale);
  const { wearers, bundles } = config;
  process.stdout.write(
    `The configuration is right: ${wearers.length} wearers, ${Object.keys(bundles).length} bundles.\n`,
  );
}

async function untilReady(gateway: Gateway): Promise<void> {
  while (!gateway.ready()) await new Promise((resolve) => setTimeout(resolve, READY_LOOK_MS));
}

/** A configuration that cannot be used changes nothing. */
async function reload(
  served: Served,
  read: () => Promise<ServeConfig>,
  log: Log,
  notifier: { reloading(): void },
  ready: () => void,
): Promise<void> {
  notifier.reloading();
  try {
    await served.reload(await read());
    log.info({ wearers: served.gateway.wearers().length }, "configuration is read again");
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    log.error({ reason }, "configuration cannot be used: the gateway goes on with the one it has");
  }
  ready();
}

async function stop(served: Served, log: Log, notifier: { stopping(): void }): Promise<void> {
  log.info({}, "gateway stops");
  const giveUp = setTimeout(() => {
    log.warn({}, "gateway is ended in the middle of something");
    leave("SIGTERM");
  }, PATIENCE_MS);
  notifier.stopping();
  await served.close();
  clearTimeout(giveUp);
  log.info({}, "gateway has stopped");
  process.exit(0);
}

/** Ends the process at once. By the signal itself: an ordinary exit would wait for a model that computes. */
function leave(signal: "SIGINT" | "SIGTERM"): void {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}
