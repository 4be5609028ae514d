export { type GradientOptions, gradientModel } from "./gradient-model.js";
export type { Loss } from "./loss.js";
