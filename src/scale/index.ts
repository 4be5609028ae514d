/** Windows that other machines run, over a NATS JetStream broker. */

export { WindowPool } from "../engine/window-pool.js";
export { bundleHash } from "./bundle-hash.js";
export { type ConnectionState, requireBroker } from "./connection.js";
export { forgetWindows } from "./forget.js";
export type { OfferAccount, SkipReason } from "./offers.js";
export { type BrokerSettings, brokerSettings, checkBroker, type ScaleSettings, scaleSettings } from "./settings.js";
export { type BrokerReport, WindowBroker } from "./window-broker.js";
export { ScaleWorker, type WorkerEvents } from "./worker.js";
export type { WorkerCounts, WorkerObserver } from "./worker-account.js";
export { serveWorkerMetrics } from "./worker-metrics.js";
