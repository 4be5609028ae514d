import { readFileSync } from "node:fs";
import type { FrameFields } from "../../src/framing/frame.js";

interface CorpusFrame extends Required<Omit<FrameFields, "payload">> {
  name: string;
  payload: string;
  encoded: string;
}

interface Corpus {
  crc32: { bytes: string; crc: string }[];
  cobs: { decoded: string; encoded: string }[];
  frames: CorpusFrame[];
  samples: { format: "i16" | "i24" | "i32" | "f32"; values: number[]; clipped: boolean; payload: string }[];
}

/** The vectors that the C library is tested against too; made by a third implementation, in Python. */
export const corpus: Corpus = JSON.parse(readFileSync(new URL("../corpus.json", import.meta.url), "utf8"));

export function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, "hex"));
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

/** The fields of a frame of the corpus as `encodeFrame` takes them. */
export function fieldsOf({ name: _, encoded: __, payload, ...fields }: CorpusFrame): FrameFields {
  return { ...fields, payload: fromHex(payload) };
}
