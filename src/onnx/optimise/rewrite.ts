import { raiseIrVersion } from "../ir-version.js";
import { writeModel } from "../model.js";
import { readModel } from "../read.js";
import { makeTwoDimensional } from "./two-dimensional.js";

/** An ONNX file whose graph was rewritten; the same bytes where there was nothing to do. */
export interface OptimisedFile {
  readonly onnx: Uint8Array;
  /** Operators that became others: convolutions and poolings that are two-dimensional now. */
  readonly operators: number;
}

/**
 * Rewrites a graph so that ONNX Runtime finds faster kernels for it; what it computes stays the same but for rounding.
 *
 * @param onnx an ONNX file, left as it is
 * @param name what messages call it
 * @throws BioxError ONNX_INVALID when it is no ONNX model
 */
export function optimiseOnnx(onnx: Uint8Array, name: string): OptimisedFile {
  const model = readModel(onnx, name);
  raiseIrVersion(model);
  const operators = makeTwoDimensional(model);
  return { onnx: operators === 0 ? onnx : writeModel(model), operators };
}
