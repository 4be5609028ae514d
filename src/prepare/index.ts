export { compilePreparation } from "./compile.js";
export { parseSteps } from "./parse.js";
export type { Step } from "./steps/index.js";
export type { LivePreparation, Preparation, PreparedArray, PreparedDtype, SignalShape } from "./types.js";
