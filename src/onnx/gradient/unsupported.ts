import { BioxError } from "../../errors.js";

/** The error for what cannot be differentiated; `what` names the operator and its node and has no full stop. */
export function unsupported(what: string): BioxError {
  return new BioxError(
    "ONNX_UNSUPPORTED",
    `The gradient of ${what} is not known.`,
    "docs/gradient.md lists what is: cut the model behind that node, or export it with other operators and fixed shapes.",
  );
}
