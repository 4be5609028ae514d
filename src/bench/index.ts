/**
 * Measurements, and bundles made for them. Not needed to run a bundle, so it is an entry of its own: `biox-edge/bench`.
 *
 * @packageDocumentation
 */

export { benchKernel, type KernelReport, type KernelResult } from "./kernel.js";
export type { MachineLimits } from "./limits.js";
export { bridgeModel, mergedModel } from "./merged.js";
export { buildRoute } from "./models/build-route.js";
export { cachedRoute, routeCacheFolder } from "./models/route-cache.js";
export { compareHalves, type HalfTimes } from "./quantized.js";
export { findRoute, parseRoute } from "./route-text.js";
export { type KernelRoute, ROUTES } from "./routes.js";
