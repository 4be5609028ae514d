export { type OpenPairsOptions, openPairs } from "./open-pairs.js";
export type { PairSet, PairSide, PairSource, RowArray } from "./pair-set.js";
