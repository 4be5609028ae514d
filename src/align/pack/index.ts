export { type Packed, type PackOptions, packBundle } from "./pack-bundle.js";
