/**
 * biox-edge/gateway: many wearers for months.
 *
 * A {@link Gateway} keeps the sources of its wearers open and their bundles running, and tells sinks, history and page of it.
 *
 * @packageDocumentation
 */

export type { BundleSettings, GatewaySettings, WearerSettings } from "./config/settings.js";
export { Gateway, type GatewayParts } from "./gateway.js";
export type { BundleLoader } from "./hosted-bundle.js";
export { createLog, LOG_LEVELS, type Log, type LogLevel } from "./log.js";
export { type HistoryStore, MemoryHistory } from "./memory-history.js";
export type { Runner } from "./runner.js";
export type { BundleStatus, GatewayEvents, GatewayFace, WearerStatus } from "./types.js";
