import { create } from "@bufbuild/protobuf";
import type { FeatureLayout } from "../../bridge/index.js";
import { BioxError, invalidArgument } from "../../errors.js";
import { changed } from "../../onnx/changed.js";
import { type Cut, listCuts, type Model } from "../../onnx/index.js";
import { NodeProtoSchema } from "../../onnx/onnx-ml_pb.js";
import { layoutOf } from "../run/index.js";

/** A tensor at which the bridge could leave or enter a model. */
export interface Candidate {
  readonly tensor: string;
  /** Number of the block that it comes out of (new model) or goes into (old model), from 0; null where it is no border of blocks. */
  readonly index: number | null;
  /** Extents, as far as the model says. */
  readonly shape?: readonly (number | string)[];
  readonly layout: FeatureLayout;
}

/** Where a candidate lies: "output" is what leaves a block, of the new model; "input" is what enters one, of the old model. */
export type BlockSide = "output" | "input";

/**
 * The borders of a model's repeated blocks.
 *
 * @param model its types and shapes inferred
 * @param file what messages call it
 * @param chosen tensors to try instead
 * @param option by which they are chosen, for messages
 * @throws BioxError INVALID_ARGUMENT where one of `chosen` does not carry everything, or there are no blocks
 */
export function candidates(
  model: Model,
  file: string,
  side: BlockSide,
  option: string,
  chosen?: readonly string[],
): Candidate[] {
  const cuts = listCuts(withEnd(model));
  const last = cuts.reduce((most, { block = 0 }) => Math.max(most, block), 0);
  const index = ({ block }: Cut): number | null => {
    if (block === undefined) return null;
    if (side === "output") return block === 0 ? null : block - 1;
    return block === last ? null : block;
  };
  const candidate = (cut: Cut): Candidate => ({
    tensor: cut.tensor,
    index: index(cut),
    ...(cut.shape && { shape: cut.shape }),
    layout: layoutOf(model, cut.tensor),
  });
  if (chosen)
    return chosen.map((name) => {
      const found = cuts.find(({ tensor }) => tensor === name);
      if (found) return candidate(found);
      throw invalidArgument(
        option,
        `places of ${file} where one tensor carries everything ('biox inspect' lists them)`,
        name,
      );
    });
  const borders = cuts.filter((cut) => index(cut) !== null).map(candidate);
  if (borders.length > 0) return borders;
  throw new BioxError(
    "INVALID_ARGUMENT",
    `${file} has no repeated blocks that can be told apart.`,
    `Name the tensors to try with ${option} ('biox inspect' lists them).`,
  );
}

/** The model with one more node behind its first output, so that this is an inner tensor like all others: it may leave the last block. */
function withEnd(model: Model): Model {
  const graph = model.graph!;
  const output = graph.output[0]!;
  const end = changed(output, { name: `${output.name}/end` });
  const node = create(NodeProtoSchema, { opType: "Identity", input: [output.name], output: [end.name] });
  const valueInfo = [...graph.valueInfo, output];
  return changed(model, { graph: changed(graph, { node: [...graph.node, node], output: [end], valueInfo }) });
}
