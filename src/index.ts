/**
 * biox-edge: live inference with bridged biosignal models.
 *
 * Load a model with {@link loadBundle}, open a wearable with {@link openSource}, and iterate over the predictions of an
 * {@link Engine} made by {@link createEngine}.
 *
 * @packageDocumentation
 */

export { ROUTE_NAMES, type RouteName } from "./bench/models/route-names.js";
export { Bridge, type BridgeSpec, LinearProbe, simd, softmax } from "./bridge/index.js";
export {
  type BridgeShape,
  type BridgeWeights,
  type Bundle,
  bridgeFile,
  type FileCheck,
  type ImportBridgeOptions,
  type ImportedBridge,
  importBridge,
  type LoadOptions,
  loadBundle,
  type Manifest,
  packTar,
  readSafetensors,
  type Safetensors,
  type Signer,
  signBundle,
  type Tensor,
  type TensorToWrite,
  type Trust,
  verifyBundle,
  writeBundle,
  writeSafetensors,
} from "./bundle/index.js";
export {
  type ChannelDescriptor,
  DEVICES,
  type DeviceCommands,
  type DeviceDecoder,
  type DeviceDescriptor,
  type DeviceMessage,
  type DeviceOption,
  type DeviceOptions,
  findDevice,
  type LinkStats,
  type SampleBlock,
  type SerialSettings,
  type StreamDescriptor,
} from "./devices/index.js";
export { printableLine, printableLines } from "./devices/printable.js";
export { type BundleCheck, type CheckOptions, checkBundle } from "./engine/check-bundle.js";
export { createEngine, type EngineOptions } from "./engine/create-engine.js";
export type { Engine, EngineEvents } from "./engine/engine.js";
export { checkGolden, type GoldenCheck, makeGolden, type StageCheck } from "./engine/golden.js";
export { type InferOptions, type InferResult, infer } from "./engine/infer.js";
export type { RunOptions } from "./engine/plan-run.js";
export type { EngineInfo, Percentiles, Prediction, Summary, Unpredicted } from "./engine/types.js";
export { BioxError, ERROR_CODES, type ErrorCode, invalidArgument } from "./errors.js";
export { generateKey, type KeyKind, type PublicKey, parsePublicKey } from "./keys.js";
export { type QuantizeOptions, quantizeBundle } from "./onnx/quantize/bundle.js";
export type { Fidelity, HalfPrecision, QuantizedHalf, QuantizeReport } from "./onnx/quantize/report.js";
export { unreadable, unwritable } from "./paths.js";
export {
  compilePreparation,
  type LivePreparation,
  type Preparation,
  type PreparedArray,
  parseSteps,
  type SignalShape,
  type Step,
} from "./prepare/index.js";
export { SampleLines, type SampleLinesOptions } from "./sinks/sample-lines.js";
export { LiveView, type Terminal } from "./sinks/terminal/live-view.js";
export { SourcesView } from "./sinks/terminal/sources-view.js";
export { type DecryptOptions, type DecryptReport, decryptRecording } from "./store/encrypt/decrypt-recording.js";
export { encryptTo } from "./store/encrypt/encrypt-to.js";
export type { CreateFile, GrowingFile } from "./stream/append-file.js";
export { type RecordedBytes, recordedBytes } from "./stream/byte-source.js";
export { readCsv, type Table } from "./stream/csv.js";
export { type Emulator, type EmulatorOptions, type SentReport, startEmulator } from "./stream/emulator.js";
export type { LinkReport, LinkState, LowLatency } from "./stream/feed.js";
export { EXPORT_ENDINGS, type ExportedStream, type ExportReport, exportRecording } from "./stream/formats/export.js";
export { LinkAccount, type LinkCounters } from "./stream/link-account.js";
export { openSource, type SourceOptions } from "./stream/open-source.js";
export { listPorts, type PortInfo } from "./stream/ports.js";
export { type ProbeFinding, type ProbeOptions, type ProbeReport, probePort } from "./stream/probe.js";
export type { MeasuredStream } from "./stream/probe-candidate.js";
export {
  type Marker,
  type MarkerBy,
  type RecordedChunk,
  type RecordedItem,
  type Recording,
  type RecordingHeader,
  RecordingWriter,
  readRecording,
} from "./stream/recording.js";
export type { Source } from "./stream/source.js";
export type { RingGauge, SampleEvent, SourceEvents } from "./stream/source-events.js";
export { type RecorderPaths, SourceRecorder } from "./stream/source-recorder.js";
export {
  numberParameter,
  parseSource,
  type SerialSpec,
  SIM_RANGES,
  type SimOptions,
  type SourceSpec,
  simOptions,
} from "./stream/source-uri.js";
export type { Gap, TimelineStats } from "./stream/timeline.js";
export { startWearable, type WearableOptions } from "./stream/wearable.js";
export { type WholeFileOptions, writeWhole } from "./whole-file.js";
