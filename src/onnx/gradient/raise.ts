import type { Model } from "../model.js";
import type { NodeProto, OperatorSetIdProto } from "../onnx-ml_pb.js";
import { plainDomain, sameMeaning } from "../opset.js";
import { invalid, opsetOf } from "../read.js";

/** First opset in which what the rules write means what they mean: ScatterElements adds up from 16 on, LayerNormalization came with 17. */
const LEAST_OPSET = 17;

/** The operator sets of a gradient model. */
export interface Opsets {
  /** Of ONNX's own operators. */
  readonly opset: number;
  readonly imports: Pick<OperatorSetIdProto, "domain" | "version">[];
}

/**
 * The model's operator sets, with ONNX's own raised to 17 where it is older.
 *
 * @throws BioxError ONNX_INVALID where a node would then mean something else
 */
export function raisedOpsets(model: Model, nodes: readonly NodeProto[]): Opsets {
  const from = opsetOf(model);
  const opset = Math.max(from, LEAST_OPSET);
  for (const node of nodes)
    if (plainDomain(node.domain) === "" && !sameMeaning(node.opType, from, opset) && !isPlainBatchNorm(node, from))
      throw invalid(
        `Node '${node.name || node.output[0]}' is ${node.opType} of opset ${from}, which does not mean the same as in opset ${opset} that gradients are written in`,
      );
  const others = model.opsetImport.filter(({ domain }) => plainDomain(domain) !== "");
  return { opset, imports: [{ domain: "", version: BigInt(opset) }, ...others] };
}

/** BatchNormalization became able to train with opset 14; what it does with one result is what it did since 9. */
function isPlainBatchNorm({ opType, output }: NodeProto, from: number): boolean {
  return opType === "BatchNormalization" && from >= 9 && output.length === 1;
}
