import "../../engine/no-telemetry.js";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InferenceSession } from "onnxruntime-node";
import { firstLine, sessionOptions } from "../../engine/runtime.js";
import { BioxError } from "../../errors.js";
import { type Model, type ModelFile, writeModel, writeModelFiles } from "../../onnx/index.js";
import { unwritable } from "../../paths.js";

/** A model, or a part of one, that is to run. */
export interface ModelPart {
  readonly model: Model;
  /** Where the weights are that it keeps in other files, as `openModel` tells; none by default. */
  readonly external?: ModelFile["external"];
  /** What messages call it: the path of its file, or what part it is of that. */
  readonly name: string;
}

/**
 * A session on a part of a model. Where the model keeps weights in other files, ONNX Runtime finds them only beside a file, so the
 * part is written to a temporary folder until it is loaded.
 *
 * @throws BioxError ONNX_INVALID when ONNX Runtime does not load it; FILE_UNWRITABLE
 */
export async function openSession(
  { model, external = new Map(), name }: ModelPart,
  threads: number,
): Promise<InferenceSession> {
  // What it says at a failure is in the error that is raised.
  const options = { ...sessionOptions(threads), logSeverityLevel: 4 } as const;
  if (external.size === 0) return await InferenceSession.create(writeModel(model), options).catch(refuse(name));
  const folder = await mkdtemp(join(tmpdir(), "biox-model-")).catch((cause) => {
    throw unwritable(tmpdir(), cause);
  });
  try {
    const path = join(folder, "part.onnx");
    await writeModelFiles([{ path, model }], { external });
    return await InferenceSession.create(path, options).catch(refuse(name));
  } finally {
    await rm(folder, { recursive: true });
  }
}

function refuse(name: string): (cause: unknown) => never {
  return (cause) => {
    throw new BioxError(
      "ONNX_INVALID",
      `${name} is not a model that ONNX Runtime can load: ${firstLine(cause)}.`,
      "Export the model again (opset 17 is known to work).",
      { cause },
    );
  };
}
