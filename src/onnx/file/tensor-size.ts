import { type TensorProto, TensorProto_DataType as Type } from "../onnx-ml_pb.js";
import { invalid } from "../read.js";

/** Bits of one element in `raw_data` and in other files. Strings have no fixed size, and are never there. */
const BITS: Readonly<Record<number, number>> = {
  [Type.FLOAT]: 32,
  [Type.UINT8]: 8,
  [Type.INT8]: 8,
  [Type.UINT16]: 16,
  [Type.INT16]: 16,
  [Type.INT32]: 32,
  [Type.INT64]: 64,
  [Type.BOOL]: 8,
  [Type.FLOAT16]: 16,
  [Type.DOUBLE]: 64,
  [Type.UINT32]: 32,
  [Type.UINT64]: 64,
  [Type.COMPLEX64]: 64,
  [Type.COMPLEX128]: 128,
  [Type.BFLOAT16]: 16,
  [Type.FLOAT8E4M3FN]: 8,
  [Type.FLOAT8E4M3FNUZ]: 8,
  [Type.FLOAT8E5M2]: 8,
  [Type.FLOAT8E5M2FNUZ]: 8,
  [Type.UINT4]: 4,
  [Type.INT4]: 4,
  [Type.FLOAT4E2M1]: 4,
};

/**
 * Bytes that a tensor's shape and type ask for; undefined for strings and types that are newer than this table.
 *
 * @throws BioxError ONNX_INVALID when an extent is negative, or the tensor is larger than any file
 */
export function bytesOf(tensor: TensorProto, name: string): number | undefined {
  const bits = BITS[tensor.dataType];
  let count = 1;
  for (const extent of tensor.dims) count = extent < 0n ? Number.NaN : count * Number(extent);
  const bytes = Math.ceil((count * (bits ?? 8)) / 8);
  if (!Number.isSafeInteger(bytes))
    throw invalid(`Tensor '${tensor.name}' of ${name} has the shape [${tensor.dims.join(", ")}], which no tensor has`);
  return bits === undefined ? undefined : bytes;
}

/** Refuses a tensor inside a file that holds more or fewer numbers than its shape says. */
export function requireSize(tensor: TensorProto, name: string): void {
  const bytes = bytesOf(tensor, name);
  if (bytes === undefined) return;
  const { rawData, floatData, int32Data, int64Data, doubleData, uint64Data } = tensor;
  if (rawData.length > 0) {
    if (rawData.length !== bytes) throw wrong(tensor, name, `${rawData.length} bytes, not ${bytes}`);
    return;
  }
  const numbers = floatData.length + int32Data.length + int64Data.length + doubleData.length + uint64Data.length;
  const bits = BITS[tensor.dataType]!;
  // Types of 4 bits go in pairs; complex numbers are two.
  const complex = tensor.dataType === Type.COMPLEX64 || tensor.dataType === Type.COMPLEX128;
  const wanted = bits < 8 ? bytes : (bytes / bits) * 8 * (complex ? 2 : 1);
  if (numbers !== wanted) throw wrong(tensor, name, `${numbers} numbers, not ${wanted}`);
}

function wrong({ name: tensor, dims }: TensorProto, name: string, what: string) {
  return invalid(`Tensor '${tensor}' of ${name}, of the shape [${dims.join(", ")}], holds ${what}`);
}
