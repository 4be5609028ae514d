/** The thread that removes files of a wearer beside a running gateway. */

import { parentPort, workerData } from "node:worker_threads";
import { BioxError, type ErrorCode } from "../../errors.js";
import { forgetFiles, type Places } from "../../store/forget/forget-files.js";
import type { Forgotten } from "../../store/forget/forgotten.js";

export interface FilesRequest {
  readonly wearer: string;
  readonly places: Places;
}

/** What was removed, or the error that ended it, as errors do not pass between threads as they are. */
export type FilesAnswer =
  | { readonly forgotten: Forgotten }
  | { readonly code: ErrorCode; readonly message: string; readonly hint: string | undefined };

const { wearer, places } = workerData as FilesRequest;
const answer = await forgetFiles(wearer, places, false).then(
  (forgotten): FilesAnswer => ({ forgotten }),
  (cause): FilesAnswer => {
    if (!(cause instanceof BioxError)) throw cause;
    const { code, message, hint } = cause;
    return { code, message, hint };
  },
);
parentPort!.postMessage(answer);
