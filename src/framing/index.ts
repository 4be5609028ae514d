export { CobsFramer } from "./cobs-frame.js";
export { encodeFrame, type FrameFields, FrameFlag, FrameKind } from "./frame.js";
export { emptyFramerStats, type Framer, type FramerStats } from "./types.js";
