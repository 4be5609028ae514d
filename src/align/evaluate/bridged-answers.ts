import type { Bundle } from "../../bundle/index.js";
import { BridgedModel } from "../../engine/model.js";
import { BioxError } from "../../errors.js";
import type { PairSet, RowArray } from "../pairs/index.js";
import { argmax } from "../run/index.js";

/** What a bundle makes of prepared windows of the new modality. */
export interface BridgedAnswers {
  classes: Int32Array;
  /** Mean over time of the lower half's output, [rows, C_in]. */
  pooled: Float32Array;
}

/**
 * Runs rows of a pair set through a bundle.
 *
 * @throws BioxError FILE_INVALID when the windows are not what the bundle's preparation makes, MODEL_FAILED with the row
 */
export async function bridgedAnswers(
  bundle: Bundle,
  pairs: PairSet,
  rows: Int32Array,
  threads: number,
  onRow: () => void,
): Promise<BridgedAnswers> {
  const { prepared, shape } = bundle;
  const size = prepared.shape.reduce((a, b) => a * b, 1);
  if (
    pairs.new.shape.reduce((a, b) => a * b, 1) !== size ||
    (prepared.dtype === "float32") !== (pairs.new.dtype === "float32")
  )
    throw new BioxError(
      "FILE_INVALID",
      `The windows of '${pairs.new.name}' are ${pairs.new.dtype} [${pairs.new.shape.join(", ")}], but the bundle's lower half takes ${prepared.dtype} [${prepared.shape.join(", ")}].`,
      "Name the new modality's tensor with --new-tensor, and prepare its windows as the bundle does.",
    );
  const model = await BridgedModel.create(bundle, prepared, threads);
  try {
    const classes = new Int32Array(rows.length);
    const pooled = new Float32Array(rows.length * shape.channelsIn);
    for (const [i, row] of rows.entries()) {
      pairs.new.read(row, model.input as RowArray);
      await model.run().catch((error) => {
        if (!(error instanceof BioxError)) throw error;
        throw new BioxError(error.code, `${pairs.where(row)}: ${error.message}`, error.hint, { cause: error });
      });
      classes[i] = argmax(model.probs);
      pooled.set(model.pooled, i * shape.channelsIn);
      onRow();
    }
    return { classes, pooled };
  } finally {
    await model.release();
  }
}
