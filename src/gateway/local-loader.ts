import { loadBundle } from "../bundle/index.js";
import { createEngine } from "../engine/create-engine.js";
import type { BundleLoader } from "./hosted-bundle.js";

/** Bundles that this machine runs itself. */
export const localLoader: BundleLoader = {
  load: (_, { path }) => loadBundle(path),
  run: (_, bundle, { engines, threads, batch, precision }) =>
    createEngine(bundle, {
      ...(engines === undefined ? {} : { engines }),
      ...(threads === undefined ? {} : { threads }),
      ...(batch === undefined ? {} : { batch }),
      ...(precision === undefined ? {} : { precision }),
    }),
};
