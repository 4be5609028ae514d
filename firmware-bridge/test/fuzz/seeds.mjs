// Writes a folder of seeds for each fuzz target, made of the vectors in ../../corpus.json. Usage: node seeds.mjs FOLDER
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const corpus = JSON.parse(readFileSync(new URL("../../corpus.json", import.meta.url), "utf8"));

function header({ kind, stream, count, flags, index, timeUs }) {
  const bytes = Buffer.from([kind, stream, count, flags, 0, 0, 0, 0, 0, 0, 0, 0]);
  bytes.writeUInt32LE(index, 4);
  bytes.writeUInt32LE(timeUs, 8);
  return bytes;
}

/** Inputs as the programs describe them in their first lines. */
const seeds = {
  cobs: corpus.cobs.flatMap(({ decoded, encoded }) => [`80${decoded}`, `80${encoded}`]),
  frame: corpus.frames.map((frame) => header(frame).toString("hex") + frame.payload),
  receiver: [8, 255].flatMap((eighth) => {
    const capacity = eighth.toString(16).padStart(2, "0");
    const wire = corpus.frames.map((frame) => frame.encoded);
    return [...wire, wire.join("")].map((hex) => capacity + hex);
  }),
  unpack: corpus.frames.filter(({ kind }) => kind !== 1).map((frame) => frame.payload),
};

for (const [target, inputs] of Object.entries(seeds)) {
  const folder = join(process.argv[2], target);
  mkdirSync(folder, { recursive: true });
  inputs.forEach((hex, i) => {
    writeFileSync(join(folder, `corpus-${i}`), Buffer.from(hex, "hex"));
  });
}
