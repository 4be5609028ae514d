import type { Precision } from "../../bridge/index.js";
import type { Bundle } from "../../bundle/index.js";
import { BridgedModel } from "../../engine/model.js";
import type { BioxContender } from "./contender.js";

/** The model as the engine runs it: lower half, native bridge, upper half, native probe. */
export async function bioxContender(
  bundle: Bundle,
  threads: number,
  precision: Precision | undefined,
): Promise<BioxContender> {
  const model = await BridgedModel.create(bundle, bundle.prepared, threads, precision);
  return {
    name: "biox",
    model,
    input: model.input,
    logits: model.logits,
    probs: model.probs,
    run: () => model.run(),
    release: () => model.release(),
  };
}
