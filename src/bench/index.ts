export { benchKernel, type KernelReport, type KernelResult } from "./kernel.js";
export type { MachineLimits } from "./limits.js";
export { findRoute, parseRoute } from "./route-text.js";
export { type KernelRoute, ROUTES } from "./routes.js";
