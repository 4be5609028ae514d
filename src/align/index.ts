/**
 * Building a bridge from two models and paired recordings. Not needed to run a bundle, so it is an entry of its own:
 * `biox-edge/align`.
 *
 * @packageDocumentation
 */

export { digestFile, type FileDigest } from "../bundle/index.js";
export {
  type Cut,
  type CutFileOptions,
  type CutFiles,
  type CutOptions,
  cutFile,
  cutModel,
  describeModel,
  type Ends,
  extractModel,
  fixDimensions,
  type Halves,
  inferShapes,
  inlineFunctions,
  listCuts,
  type Model,
  type ModelDescription,
  type ModelFile,
  openDimensions,
  openModel,
  readModel,
  type SplitProbe,
  splitProbe,
  withOutputs,
  writeModel,
  writeModelFiles,
} from "../onnx/index.js";
export { type EvaluateOptions, evaluate } from "./evaluate/evaluate.js";
export type { Evaluation } from "./evaluate/evaluation.js";
export { evaluationHtml } from "./evaluate/html/report.js";
export { evaluationCard, evaluationText } from "./evaluate/text.js";
export { type Packed, type PackOptions, packBundle } from "./pack/index.js";
export {
  type OpenPairsOptions,
  openPairs,
  type PairSet,
  type PairSide,
  type PairSource,
  type RowArray,
} from "./pairs/index.js";
export type { HeadWeights } from "./run/index.js";
export {
  type NewScore,
  type OldScore,
  type Position,
  type Scores,
  type Selection,
  type SelectOptions,
  selectionSvg,
  selectPositions,
} from "./select/index.js";
export { type AlignOptions, type AlignResult, align, type EpochRecord, type Progress } from "./train/index.js";
