import "../../engine/no-telemetry.js";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InferenceSession } from "onnxruntime-node";
import { BioxError } from "../../errors.js";
import { type Model, type ModelFile, writeModel, writeModelFiles } from "../../onnx/index.js";
import { unwritable } from "../../paths.js";

/**
 * A session on a part of a model. Where the model keeps weights in other files, ONNX Runtime finds them only beside a file, so the
 * part is written to a temporary folder until it is loaded.
 *
 * @param external where those weights are, as `openModel` tells
 * @param file what messages call the model
 * @throws BioxError ONNX_INVALID when ONNX Runtime does not load it; FILE_UNWRITABLE
 */
export async function openSession(
  model: Model,
  external: ModelFile["external"],
  file: string,
  threads: number,
): Promise<InferenceSession> {
  const options: InferenceSession.SessionOptions = {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    // What it says at a failure is in the error that is raised.
    logSeverityLevel: 4,
  };
  if (external.size === 0) return await InferenceSession.create(writeModel(model), options).catch(refuse(file));
  const folder = await mkdtemp(join(tmpdir(), "biox-model-")).catch((cause) => {
    throw unwritable(tmpdir(), cause);
  });
  try {
    const path = join(folder, "part.onnx");
    await writeModelFiles([{ path, model }], { external });
    return await InferenceSession.create(path, options).catch(refuse(file));
  } finally {
    await rm(folder, { recursive: true });
  }
}

function refuse(file: string): (cause: unknown) => never {
  return (cause) => {
    throw new BioxError(
      "ONNX_INVALID",
      `${file} is not a model that ONNX Runtime can load: ${firstLine(cause)}.`,
      "Export the model again (opset 17 is known to work).",
      { cause },
    );
  };
}

/** What ONNX Runtime says, without the rest of its report. */
export function firstLine(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  return (text.split("\n")[0] ?? "").trim().replace(/[.\s]+$/, "");
}
