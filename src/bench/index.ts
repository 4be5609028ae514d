/**
 * Measurements, and bundles made for them. Not needed to run a bundle, so it is an entry of its own: `biox-edge/bench`.
 *
 * @packageDocumentation
 */

export { benchCapacity, type CapacityOptions, type CapacityReport, type HostCapacity } from "./capacity/capacity.js";
export type { Level } from "./capacity/crowd.js";
export { capacityText } from "./capacity/text.js";
export { type Change, type Comparison, compareReports, type Verdict } from "./compare/compare.js";
export { type ComparableReport, readReport } from "./compare/read-report.js";
export { compareText } from "./compare/text.js";
export { benchDecode, type DecodeOptions, type DecodeReport } from "./decode/decode.js";
export { decodeText } from "./decode/text.js";
export { compareHalves, type HalfTimes } from "./half-times.js";
export { benchKernel, type KernelReport, type KernelResult } from "./kernel.js";
export { latencyHtml } from "./latency/html/page.js";
export { benchLatency, type LatencyOptions } from "./latency/latency.js";
export type { Progress } from "./latency/phase.js";
export type { LatencyReport, LiveReport, PacedReport, Stages, ThreadReport } from "./latency/report.js";
export type { LatencyHistogram, LatencySummary } from "./latency/series.js";
export { latencyText } from "./latency/text.js";
export type { MachineLimits } from "./limits.js";
export { bridgeModel, mergedModel } from "./merged.js";
export { buildRoute } from "./models/build-route.js";
export { cachedRoute, routeCacheFolder } from "./models/route-cache.js";
export { type OptimiseOptions, optimiseBundle } from "./optimise/optimise-bundle.js";
export type { OptimisedHalf, OptimiseReport, Outcome } from "./optimise/report.js";
export { findRoute, parseRoute } from "./route-text.js";
export { type KernelRoute, ROUTES } from "./routes.js";
