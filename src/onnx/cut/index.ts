export { cutModel, type Halves } from "./cut.js";
export { describeModel, type ModelDescription, type Port } from "./describe.js";
export { fixDimensions, openDimensions } from "./dimensions.js";
export { type Ends, extractModel, withOutputs } from "./extract.js";
export { inferShapes } from "./infer.js";
export { type Cut, type CutOptions, listCuts } from "./list.js";
export { headWeights, type SplitProbe, splitProbe } from "./probe.js";
