import { extractModel, openModel } from "../../onnx/index.js";
import type { PairSet } from "../pairs/index.js";
import { argmax, ModelRun, TaskHead, type TaskHeadOptions, windowInput } from "../run/index.js";

/**
 * What a whole old model says of the old side of some rows.
 *
 * @param file the model, ONNX
 * @returns class of each row
 * @throws BioxError ONNX_INVALID when it is no model, takes other windows or gives no scores; MODEL_FAILED with the row
 */
export async function oldAnswers(
  file: string,
  options: TaskHeadOptions,
  pairs: PairSet,
  rows: Int32Array,
  threads: number,
  onRow: () => void,
): Promise<Int32Array> {
  const { model, external } = await openModel(file);
  const head = new TaskHead(model, file, options);
  const part = extractModel(model, { inputs: [windowInput(model, file)], outputs: [head.output] });
  const run = await ModelRun.open({ model: part, external, name: file }, threads);
  try {
    const feed = run.feeder(pairs.old);
    const classes = new Int32Array(rows.length);
    for (const [i, row] of rows.entries()) {
      classes[i] = argmax(head.scores(await run.run(feed(row), [head.output], () => pairs.where(row))));
      onRow();
    }
    return classes;
  } finally {
    await run.close();
  }
}
