import type { WindowBroker } from "../scale/index.js";
import type { BundleLoader } from "./hosted-bundle.js";
import { localLoader } from "./local-loader.js";

/**
 * Has the windows of some bundles run by workers behind a broker, and leaves the others to another loader: by default to this machine.
 *
 * @param bundles names of those that the broker is given
 */
export function scaledLoader(
  broker: WindowBroker,
  bundles: readonly string[],
  local: BundleLoader = localLoader(),
): BundleLoader {
  return {
    load: (name, settings) => local.load(name, settings),
    run: (name, bundle, settings) =>
      bundles.includes(name) ? broker.createEngine(bundle) : local.run(name, bundle, settings),
  };
}
