import type { WindowBroker } from "../scale/index.js";
import type { BundleLoader } from "./hosted-bundle.js";

/**
 * Has the windows of some bundles run by workers behind a broker, and leaves the others to another loader.
 *
 * @param bundles names of those that the broker is given
 */
export function scaledLoader(broker: WindowBroker, bundles: readonly string[], local: BundleLoader): BundleLoader {
  return {
    load: (name, settings) => local.load(name, settings),
    run: (name, bundle, settings) =>
      bundles.includes(name) ? broker.createEngine(bundle) : local.run(name, bundle, settings),
  };
}
