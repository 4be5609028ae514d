export type { BridgePart } from "./bridge-names.js";
export { bridgeFile, type ImportBridgeOptions, type ImportedBridge, importBridge } from "./import-bridge.js";
