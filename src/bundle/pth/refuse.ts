import { BioxError } from "../../errors.js";

/** The error for a checkpoint that is damaged: `what` goes on after the file's name. */
export function damaged(file: string, what: string, cause?: unknown): BioxError {
  return new BioxError("FILE_INVALID", `File '${file}' ${what}.`, "Copy the file again, or save it anew.", { cause });
}

/** The error for a checkpoint that holds more than tensors. */
export function refused(file: string, what: string): BioxError {
  return new BioxError(
    "FILE_INVALID",
    `File '${file}' ${what}, which is not read: nothing in a checkpoint is ever executed.`,
    "Save the tensors alone, in Python: torch.save(bridge.state_dict(), 'bridge.pth'), or as safetensors.",
  );
}
