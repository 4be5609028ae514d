import { loadBundle, type Trust } from "../bundle/index.js";
import { createEngine } from "../engine/create-engine.js";
import type { BundleSettings } from "./config/settings.js";
import type { BundleLoader } from "./hosted-bundle.js";

/**
 * Bundles that this machine runs itself.
 *
 * @param trust says, each time, whose bundles are run; any where it is left out
 */
export function localLoader(trust?: () => Trust): BundleLoader {
  return {
    load: (_, { path }) => loadBundle(path, trust ? { trust: trust() } : {}),
    run: (_, bundle, settings) => createEngine(bundle, engineOptions(settings)),
  };
}

function engineOptions({ engines, threads, batch, precision }: BundleSettings) {
  return {
    ...(engines === undefined ? {} : { engines }),
    ...(threads === undefined ? {} : { threads }),
    ...(batch === undefined ? {} : { batch }),
    ...(precision === undefined ? {} : { precision }),
  };
}
