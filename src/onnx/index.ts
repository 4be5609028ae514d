export { type Attribute, attr } from "./attribute.js";
export { chainModels, openInputs, type Stage } from "./chain.js";
export {
  type Cut,
  type CutOptions,
  cutModel,
  describeModel,
  type Ends,
  extractModel,
  fixDimensions,
  type Halves,
  inferShapes,
  listCuts,
  type ModelDescription,
  openDimensions,
  type Port,
  type SplitProbe,
  splitProbe,
  withOutputs,
} from "./cut/index.js";
export { DATA_TYPE, type DataType } from "./data-type.js";
export {
  type CutFileOptions,
  type CutFiles,
  cutFile,
  type ExternalBytes,
  type ModelFile,
  type ModelToWrite,
  openModel,
  readModelFile,
  type WriteModelOptions,
  writeModelFiles,
} from "./file/index.js";
export { GraphBuilder, type NodeOptions } from "./graph.js";
export { inlineFunctions } from "./inline.js";
export { DEFAULT_OPSET, encodeModel, graphModel, type Model, type ModelOptions, writeModel } from "./model.js";
export { opsetOf, readModel } from "./read.js";
export { type ConstantTensor, constant, int64, type TensorValues } from "./tensor.js";
export type { Dimension } from "./value-info.js";
