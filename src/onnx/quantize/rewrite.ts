import { BioxError } from "../../errors.js";
import { raiseIrVersion } from "../ir-version.js";
import { writeModel } from "../model.js";
import { readModel } from "../read.js";
import { storeFloat16 } from "./float16.js";
import { quantizeProducts } from "./int8.js";
import { type HalfPrecision, LEAST_NUMBERS, type Rewritten } from "./report.js";

/** An ONNX file in another precision, and what became of its weights; the same bytes where there was nothing to do. */
export interface RewrittenFile extends Rewritten {
  readonly onnx: Uint8Array;
}

/**
 * @param onnx an ONNX file, left as it is
 * @param name what messages call it
 * @throws BioxError ONNX_INVALID when it is no ONNX model or cannot be rewritten
 */
export function rewriteHalf(onnx: Uint8Array, name: string, precision: HalfPrecision): RewrittenFile {
  const model = readModel(onnx, name);
  raiseIrVersion(model);
  const done = precision === "int8" ? quantizeProducts(model, name) : storeFloat16(model);
  return { ...done, onnx: done.tensors === 0 ? onnx : writeModel(model) };
}

/** The error for a bundle of which neither half has anything to store smaller. */
export function nothingToDo(bundle: string, precision: HalfPrecision): BioxError {
  const what = { int8: "a constant matrix of a MatMul or Gemm", float16: "a float32 weight" }[precision];
  return new BioxError(
    "INVALID_ARGUMENT",
    `Neither half of bundle '${bundle}' has ${what} of ${LEAST_NUMBERS} numbers or more, so there is nothing to store as ${precision}.`,
    "It may be stored so already; convolutions are not computed in int8.",
  );
}
