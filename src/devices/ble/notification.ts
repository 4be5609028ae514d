import { HEADER_BYTES } from "../../framing/frame.js";
import { unpackMap } from "../biox/messagepack.js";
import { uuidOf } from "./uuid.js";

/** First letters of MessagePack's types that a bridge sends: maps, texts and bytes, short or with 8 or 16 bits of length. */
const Tag = { map: 0x80, map16: 0xde, text: 0xa0, text8: 0xd9, bytes8: 0xc4, bytes16: 0xc5 } as const;
const [UUID, VALUE] = ["uuid", "value"].map((key) => new TextEncoder().encode(key)) as [Uint8Array, Uint8Array];
/** A bridge passes on a few characteristics; of more than these, none is remembered. */
const MOST_REMEMBERED = 32;

/**
 * Reads `{uuid, value}` of a frame of a bridge. A map of just these two, a text and bytes, as bridges write it, is read in place;
 * whatever else MessagePack allows takes the long way to the same result.
 */
export class NotificationReader {
  /** Of the last notification, as `uuidOf` writes it. */
  uuid = "";
  /** Its bytes, 0 to 255 each; valid until the frame is overwritten. */
  value: Uint8Array = new Uint8Array();
  readonly #remembered: { bytes: Uint8Array; uuid: string }[] = [];

  /** @param frame header and payload; whether that is a notification */
  read(frame: Uint8Array): boolean {
    return this.#readInPlace(frame) || this.#readAny(frame);
  }

  #readInPlace(frame: Uint8Array): boolean {
    let at = HEADER_BYTES + 1;
    if (frame[HEADER_BYTES] === Tag.map16) {
      if (frame[at] !== 0 || frame[at + 1] !== 2) return false;
      at += 2;
    } else if (frame[HEADER_BYTES] !== (Tag.map | 2)) return false;
    let [uuidAt, uuidEnd, valueAt, valueEnd] = [0, 0, 0, 0];
    for (let entry = 0; entry < 2; entry++) {
      if (isKey(frame, at, UUID)) {
        at += 1 + UUID.length;
        const tag = frame[at]!;
        const short = tag >= Tag.text && tag < Tag.text + 32;
        if (uuidAt > 0 || !(short || tag === Tag.text8)) return false;
        uuidAt = at + (short ? 1 : 2);
        at = uuidEnd = uuidAt + (short ? tag & 31 : frame[at + 1]!);
      } else if (isKey(frame, at, VALUE)) {
        at += 1 + VALUE.length;
        const tag = frame[at];
        if (valueAt > 0 || !(tag === Tag.bytes8 || tag === Tag.bytes16)) return false;
        valueAt = at + (tag === Tag.bytes8 ? 2 : 3);
        at = valueEnd = valueAt + (tag === Tag.bytes8 ? frame[at + 1]! : (frame[at + 1]! << 8) | frame[at + 2]!);
      } else return false;
    }
    if (at !== frame.length) return false;
    this.uuid = this.#nameOf(frame, uuidAt, uuidEnd);
    this.value = frame.subarray(valueAt, valueEnd);
    return true;
  }

  #readAny(frame: Uint8Array): boolean {
    const { uuid, value } = unpackMap(frame.subarray(HEADER_BYTES)) ?? {};
    if (typeof uuid !== "string" || !isBytes(value)) return false;
    this.uuid = uuidOf(uuid);
    this.value = Uint8Array.from(value);
    return true;
  }

  #nameOf(frame: Uint8Array, from: number, to: number): string {
    for (const { bytes, uuid } of this.#remembered) {
      if (bytes.length !== to - from) continue;
      let same = 0;
      while (same < bytes.length && frame[from + same] === bytes[same]) same++;
      if (same === bytes.length) return uuid;
    }
    const bytes = frame.slice(from, to);
    const uuid = uuidOf(new TextDecoder().decode(bytes));
    if (this.#remembered.length < MOST_REMEMBERED) this.#remembered.push({ bytes, uuid });
    return uuid;
  }
}

/** Whether a short text lies there. */
function isKey(frame: Uint8Array, at: number, text: Uint8Array): boolean {
  if (frame[at] !== (Tag.text | text.length)) return false;
  for (let i = 0; i < text.length; i++) if (frame[at + 1 + i] !== text[i]) return false;
  return true;
}

function isBytes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((byte) => Number.isInteger(byte) && byte >= 0 && byte <= 255);
}
