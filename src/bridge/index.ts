export type { SimdTarget } from "./addon.js";
export { Bridge, type BridgeInfo, type BridgeOptions } from "./bridge.js";
export type { Caches } from "./caches.js";
export { MultiplyAddLoop, ReadLoop } from "./limits.js";
export { PRECISIONS, type Precision, requirePrecision } from "./precision.js";
export { LinearProbe, poolMean, softmax } from "./probe.js";
export { bridgeReference, linearReference, poolMeanReference, softmaxReference } from "./reference.js";
export type { BridgeShape, BridgeSpec, BridgeWeights, FeatureLayout, Plan, TargetLayout } from "./shape.js";
export { simd } from "./simd.js";
