import { invalidArgument } from "../errors.js";
import { type Dtype, encodeAs, naturalDtype, type TensorData } from "./dtype.js";

/** A tensor to write: `data` is row-major and as long as the product of `shape`. */
export interface TensorToWrite {
  readonly shape: readonly number[];
  readonly data: TensorData;
  /** Element type in the file; what `data` is by default. "F16" stores a Float32Array in half the space. */
  readonly dtype?: Dtype;
}

/**
 * Writes a safetensors file into memory. Tensors keep their order; the header is padded with spaces to a multiple of
 * eight bytes, as the reference implementation does, so that the first tensor is aligned.
 *
 * @param tensors by name; "__metadata__" is not a tensor name
 * @param metadata free text by key
 * @throws BioxError INVALID_ARGUMENT when data, shape and dtype of a tensor do not fit together
 */
export function writeSafetensors(
  tensors: Readonly<Record<string, TensorToWrite>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const header: Record<string, unknown> = {};
  if (Object.keys(metadata).length > 0) header.__metadata__ = metadata;
  const parts: Uint8Array[] = [];
  let offset = 0;
  for (const [name, { shape, data, dtype = naturalDtype(data) }] of Object.entries(tensors)) {
    if (name === "__metadata__") throw invalidArgument("tensor name", "one that the format does not reserve", name);
    const count = shape.reduce((product, extent) => product * extent, 1);
    if (count !== data.length)
      throw invalidArgument(`data of '${name}'`, `${count} long, the product of [${shape.join(", ")}]`, data.length);
    const bytes = encodeAs(dtype, data);
    if (bytes === undefined)
      throw invalidArgument(`dtype of '${name}'`, `one that can hold a ${data.constructor.name}`, dtype);
    header[name] = { dtype, shape, data_offsets: [offset, offset + bytes.length] };
    parts.push(bytes);
    offset += bytes.length;
  }
  return join(header, parts, offset);
}

function join(header: object, parts: readonly Uint8Array[], bodyLength: number): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(header));
  const headerLength = Math.ceil(json.length / 8) * 8;
  const out = new Uint8Array(8 + headerLength + bodyLength);
  new DataView(out.buffer).setBigUint64(0, BigInt(headerLength), true);
  out.fill(0x20, 8, 8 + headerLength);
  out.set(json, 8);
  let offset = 8 + headerLength;
  for (const part of parts) {
    out.set(part, offset);
    offset += part.length;
  }
  return out;
}
