export type { ExternalBytes } from "./external.js";
export { type ModelFile, readModelFile } from "./read-file.js";
export { type ModelToWrite, type WriteModelOptions, writeModelFiles } from "./write-files.js";
