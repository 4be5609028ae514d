export { type CutFileOptions, type CutFiles, cutFile } from "./cut-file.js";
export type { ExternalBytes } from "./external.js";
export { openModel } from "./open-model.js";
export { type ModelFile, readModelFile } from "./read-file.js";
export { type ModelToWrite, type WriteModelOptions, writeModelFiles } from "./write-files.js";
