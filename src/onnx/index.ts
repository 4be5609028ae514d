export { type Attribute, attr } from "./attribute.js";
export { GraphBuilder, type NodeOptions } from "./graph.js";
export { encodeModel } from "./model.js";
export type { DataType } from "./schema.js";
export { type ConstantTensor, constant, int64, type TensorValues } from "./tensor.js";
export type { Dimension } from "./value-info.js";
