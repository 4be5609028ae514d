export { type AlignResult, align } from "./align.js";
export type { AlignOptions, LossAt, Progress, Start } from "./options.js";
export type { EpochRecord } from "./state.js";
