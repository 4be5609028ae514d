import { basename } from "node:path";
import { BioxError } from "../../errors.js";
import { type CutOptions, cutModel, headWeights, inferShapes, type SplitProbe, splitProbe } from "../cut/index.js";
import { loadWeights, openModel } from "./open-model.js";
import { writeModelFiles } from "./write-files.js";

/** What {@link cutFile} takes. */
export interface CutFileOptions extends CutOptions {
  /** Tensor at which the model is cut. */
  readonly at: string;
  /** Paths of the halves to write. */
  readonly lower: string;
  readonly upper: string;
  /** Whether to take the task head off: the upper half then ends at its last block. */
  readonly probe?: boolean;
  /** Sizes of open dimensions of the inputs by name. */
  readonly dimensions?: Readonly<Record<string, number>>;
}

/** What {@link cutFile} wrote. */
export interface CutFiles {
  /** All files, with those of weights that are kept outside. */
  readonly files: readonly string[];
  /** The task head, where it was asked for; the caller writes it. */
  readonly probe?: Pick<SplitProbe, "weight" | "bias" | "tensor">;
}

/**
 * Cuts an `.onnx` file in two files. Large weights that it keeps in other files are copied piece by piece.
 *
 * @throws BioxError what {@link openModel}, {@link cutModel}, {@link splitProbe} and {@link writeModelFiles} throw
 */
export async function cutFile(path: string, options: CutFileOptions): Promise<CutFiles> {
  const file = await openModel(path, options.dimensions);
  // In the largest graphs not every tensor has been asked for.
  const model = await inferShapes(file.model, [options.at]);
  const { lower, upper } = cutModel(model, options.at, options);
  let end = upper;
  let probe: SplitProbe | undefined;
  if (options.probe) {
    probe = splitProbe(await loadWeights(upper, file.external, headWeights(upper)));
    if (probe.tensor === options.at)
      throw new BioxError(
        "INVALID_ARGUMENT",
        `Nothing of ${basename(path)} is left between '${options.at}' and the probe.`,
        "Cut before the last block.",
      );
    end = probe.model;
  }
  const files = await writeModelFiles(
    [
      { path: options.lower, model: lower },
      { path: options.upper, model: end },
    ],
    { external: file.external, keep: [path] },
  );
  return { files, ...(probe ? { probe } : {}) };
}
