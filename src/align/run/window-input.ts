import { BioxError } from "../../errors.js";
import { type Model, openInputs } from "../../onnx/index.js";

/**
 * The one input of a model that takes windows.
 *
 * @param name what messages call the model
 * @throws BioxError ONNX_INVALID when there are more, or none
 */
export function windowInput(model: Model, name: string): string {
  const inputs = openInputs({ model }).map((input) => input.name);
  if (inputs.length === 1) return inputs[0]!;
  throw new BioxError(
    "ONNX_INVALID",
    `${name} needs ${inputs.length} inputs (${inputs.join(", ") || "none"}), but a model that takes one window is expected.`,
    "Fix the other inputs as constants when exporting.",
  );
}
