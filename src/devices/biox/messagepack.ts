import { Packr, Unpackr } from "msgpackr";

// Whole numbers of 64 bits become the nearest number: JSON has no BigInt.
const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true, int64AsType: "number" });
const packr = new Packr({ useRecords: false });

/** Bytes after the tag of the fixed-size types CA to D3: floats, unsigned, signed. */
const FIXED_BYTES = [4, 8, 1, 2, 4, 8, 1, 2, 4, 8];

function unsigned(bytes: Uint8Array, at: number, width: number): number {
  let value = 0;
  for (let i = 0; i < width; i++) value = value * 256 + (bytes[at + i] ?? 0);
  return value;
}

/**
 * Whether `bytes` are exactly one MessagePack value of plain types whose lengths all fit into the bytes there are.
 * A library makes an array of the length it is told before it reads; this look keeps a broken device from asking for
 * four billion items. Extension types are refused: no device needs them.
 */
export function isPlainMessage(bytes: Uint8Array): boolean {
  let waiting = 1;
  let at = 0;
  while (waiting > 0) {
    if (waiting > bytes.length - at) return false; // each value takes at least a byte
    const tag = bytes[at++]!;
    waiting--;
    if (tag < 0x80 || tag >= 0xe0 || tag === 0xc0 || tag === 0xc2 || tag === 0xc3) continue;
    if (tag < 0x90) waiting += 2 * (tag & 15);
    else if (tag < 0xa0) waiting += tag & 15;
    else if (tag < 0xc0) at += tag & 31;
    else if (tag >= 0xca && tag <= 0xd3) at += FIXED_BYTES[tag - 0xca]!;
    else if (tag >= 0xdc) {
      const width = tag & 1 ? 4 : 2;
      waiting += unsigned(bytes, at, width) * (tag >= 0xde ? 2 : 1);
      at += width;
    } else if ((tag >= 0xc4 && tag <= 0xc6) || tag >= 0xd9) {
      const width = 1 << (tag >= 0xd9 ? tag - 0xd9 : tag - 0xc4);
      at += width + unsigned(bytes, at, width);
    } else return false; // C1 is no type; C7 to C9 and D4 to D8 are extensions
  }
  return at === bytes.length;
}

/** What JSON can carry. */
export type PlainValue = null | boolean | number | string | PlainValue[] | { [key: string]: PlainValue };
export type PlainMap = { [key: string]: PlainValue };

/** Bytes become an array of numbers, copied: the library hands out views of a frame that is soon overwritten. */
function toPlain(value: unknown): PlainValue {
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (typeof value === "string" || typeof value === "boolean") return value;
  if (value instanceof Uint8Array) return Array.from(value);
  if (Array.isArray(value)) return value.map(toPlain);
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, toPlain(entry)]));
  return null;
}

/**
 * The map in `bytes`, or undefined where they are not exactly one MessagePack map of plain types.
 *
 * It holds only what JSON can print, as JSON would print it: integers of 64 bits as the nearest number, numbers that are
 * not finite as null, bytes as an array of numbers. A key `__proto__` is renamed to `__proto_`.
 */
export function unpackMap(bytes: Uint8Array): PlainMap | undefined {
  const tag = bytes[0] ?? 0;
  const isMap = (tag >= 0x80 && tag < 0x90) || tag === 0xde || tag === 0xdf;
  if (!isMap || !isPlainMessage(bytes)) return undefined;
  try {
    return toPlain(unpackr.unpack(bytes)) as PlainMap;
  } catch {
    return undefined;
  }
}

/** `map` as MessagePack. */
export function packMap(map: Record<string, unknown>): Uint8Array {
  return packr.pack(map);
}
