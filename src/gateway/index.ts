/**
 * biox-edge/gateway: many wearers for months.
 *
 * A {@link Gateway} keeps the sources of its wearers open and their bundles running, and tells sinks, history and page of it.
 *
 * @packageDocumentation
 */

export { trustSettings } from "../bundle/sign/settings.js";
export { makeFolder } from "../paths.js";
export {
  type BrokerReport,
  type BrokerSettings,
  brokerSettings,
  bundleHash,
  type ConnectionState,
  checkBroker,
  requireBroker,
  type ScaleSettings,
  ScaleWorker,
  scaleSettings,
  serveWorkerMetrics,
  WindowBroker,
  WindowPool,
  type WorkerCounts,
} from "../scale/index.js";
export {
  checkListen,
  createToken,
  type ListenSettings,
  listenSettings,
  listTokens,
  type NewToken,
  revokeToken,
  SCOPES,
  type Scope,
  type Server,
  type ServerOptions,
  startServer,
  type TokenInfo,
} from "../server/index.js";
export type { SinkContext, SinkLog } from "../sinks/context.js";
export { createSink, prepareSink } from "../sinks/create-sink.js";
export { payloadJsonSchema } from "../sinks/messages/json-schema.js";
export { type SinkSettings, sinkSettings, sinksSettings } from "../sinks/settings.js";
export type { GatewayMessage, Sink, SinkReport } from "../sinks/sink.js";
export type { Forgotten } from "../store/forget/forgotten.js";
export { RecordingKeeper } from "../store/retention/recording-keeper.js";
export {
  type HistorySettings,
  historySettings,
  type RecordingsSettings,
  recordingsSettings,
} from "../store/settings.js";
export { readConfig, requireFolder } from "./config/read-config.js";
export { type KeyReference, keyReference } from "./config/reference.js";
export { type Config, gatewayEntries, type Sections } from "./config/schema.js";
export type { BundleSettings, GatewaySettings, WearerSettings } from "./config/settings.js";
export { askToForget } from "./control/ask.js";
export { type Control, type ControlActions, openControl } from "./control/control.js";
export { type ForgetReport, type ForgetSettings, forgetSections, requireForgettable } from "./forget/report.js";
export { forgetRunning, type OpenParts } from "./forget/running.js";
export { forgetWearer } from "./forget/stopped.js";
export { Gateway, type GatewayParts } from "./gateway.js";
export type { BundleLoader } from "./hosted-bundle.js";
export { configText, type InitBundle } from "./init/config-text.js";
export { type FoundPort, findWearers } from "./init/find-wearers.js";
export type { Recorder } from "./keeper.js";
export { localLoader } from "./local-loader.js";
export { createLog, LOG_LEVELS, type Log, type LogLevel } from "./log.js";
export { type HistoryStore, MemoryHistory } from "./memory-history.js";
export { ServiceNotifier } from "./notify.js";
export { PortRegistry } from "./ports/port-registry.js";
export type { Runner } from "./runner.js";
export { scaledLoader } from "./scaled-loader.js";
export { installSteps, requireState, requireSystemd, uninstallSteps } from "./service/plan.js";
export { serviceStatus } from "./service/status.js";
export { type Step, stepText, takeStep } from "./service/steps.js";
export { SinkSet } from "./sink-set.js";
export { openStorage, type Storage, type StorageSettings } from "./storage.js";

export type { BundleStatus, GatewayEvents, GatewayFace, WearerStatus } from "./types.js";
export { type RecordingOptions, recordInto } from "./wearer-recorder.js";
