export { selectionSvg } from "./heat-map.js";
export { fitLogistic, type LogisticModel, predictLogistic } from "./logistic.js";
export { type SelectOptions, selectPositions } from "./select-positions.js";
export type { NewScore, OldScore, Position, Scores, Selection } from "./selection.js";
