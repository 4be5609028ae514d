/**
 * Keeps ONNX Runtime silent. Since 1.29 its official builds for Linux and macOS write a device id into ~/.cache and upload events
 * about the process, the models and the session; ORT_DISABLE_TELEMETRY=1, seen before it starts, turns all of that off
 * (https://github.com/microsoft/onnxruntime/pull/27379). To be imported before onnxruntime-node.
 */

import { isMainThread } from "node:worker_threads";
import { BioxError } from "../errors.js";

// Whoever has set the variable, to whatever, has decided.
if (process.env.ORT_DISABLE_TELEMETRY === undefined) {
  // In a worker process.env is a copy that native code does not see.
  if (!isMainThread)
    throw new BioxError(
      "ENGINE_FAILED",
      "ONNX Runtime would send telemetry: biox-edge was first loaded in a worker thread, where it cannot turn that off.",
      "Import biox-edge in the main thread first, or set ORT_DISABLE_TELEMETRY=1 in the environment.",
    );
  process.env.ORT_DISABLE_TELEMETRY = "1";
}
