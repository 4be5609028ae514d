import { openInputs } from "./chain.js";
import type { Model } from "./model.js";

/**
 * Before IR version 4 every initializer had to be listed among the inputs; from there on one that is listed is no
 * constant, but a default. So new constants need version 4, and old ones must leave the list to stay constants.
 */
export function raiseIrVersion(model: Model): void {
  if (model.irVersion >= 4n) return;
  model.irVersion = 4n;
  model.graph!.input = openInputs({ model });
}
