/**
 * The part of the protobuf wire format that ONNX files need
 * (https://protobuf.dev/programming-guides/encoding): varints, 32-bit floats and length-delimited fields.
 */

const VARINT = 0;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

const utf8 = new TextEncoder();

/** Collects the fields of one protobuf message in the order in which they are added. */
export class MessageWriter {
  readonly #parts: Uint8Array[] = [];
  #size = 0;

  /** An `int32`, `int64`, `bool` or enum field. A negative number takes ten bytes: protobuf writes two's complement of 64 bits. */
  int(field: number, value: number | bigint): this {
    this.#varint(tag(field, VARINT));
    this.#varint(BigInt.asUintN(64, BigInt(value)));
    return this;
  }

  /** A `float` field: IEEE 754 single precision, little-endian. */
  float(field: number, value: number): this {
    this.#varint(tag(field, FIXED32));
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    return this.#append(bytes);
  }

  /** A `bytes` field. The bytes are not copied until {@link finish}. */
  bytes(field: number, value: Uint8Array): this {
    this.#varint(tag(field, LENGTH_DELIMITED));
    this.#varint(BigInt(value.length));
    return this.#append(value);
  }

  /** A `string` field, written as UTF-8. */
  string(field: number, value: string): this {
    return this.bytes(field, utf8.encode(value));
  }

  /** A field that is itself a message. */
  message(field: number, value: MessageWriter): this {
    this.#varint(tag(field, LENGTH_DELIMITED));
    this.#varint(BigInt(value.#size));
    for (const part of value.#parts) this.#append(part);
    return this;
  }

  /** The message as bytes, in one new buffer. */
  finish(): Uint8Array {
    const out = new Uint8Array(this.#size);
    let offset = 0;
    for (const part of this.#parts) {
      out.set(part, offset);
      offset += part.length;
    }
    return out;
  }

  #varint(value: bigint): void {
    const bytes: number[] = [];
    let rest = value;
    while (rest >= 0x80n) {
      bytes.push(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    bytes.push(Number(rest));
    this.#append(Uint8Array.from(bytes));
  }

  #append(part: Uint8Array): this {
    this.#parts.push(part);
    this.#size += part.length;
    return this;
  }
}

function tag(field: number, wireType: number): bigint {
  return BigInt(field * 8 + wireType);
}
