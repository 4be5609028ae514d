export { argmax } from "./argmax.js";
export { layoutOf } from "./layout.js";
export { ModelRun, type Outputs } from "./model-run.js";
export type { ModelPart } from "./open-session.js";
export { channelsOf, poolInto } from "./pooled.js";
export { type HeadWeights, probeScores, TaskHead, type TaskHeadOptions } from "./task-head.js";
export { windowInput } from "./window-input.js";
