import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { TINY } from "../../src/bench/synthetic/halves.js";
import { sequence } from "../../src/bench/synthetic/sequence.js";
import { type BundleParts, type Manifest, writeBundle, writeSafetensors } from "../../src/bundle/index.js";

type Description = Omit<Manifest, "files">;
type Fault = (parts: { manifest: Description; files: Record<string, Uint8Array> }) => void;

const { channelsIn, rank, prototypes, tokens, width } = TINY;

function bridge(sizes: Partial<Record<"channelsIn" | "rankOfB" | "rows" | "width", number>>): Uint8Array {
  const { channelsIn: inputs = channelsIn, rankOfB = rank, rows = prototypes * tokens, width: outputs = width } = sizes;
  return writeSafetensors({
    A: { shape: [rank, inputs], data: sequence(rank * inputs, 1) },
    B: { shape: [rows, rankOfB], data: sequence(rows * rankOfB, 2) },
    prototypes: { shape: [outputs, prototypes], data: sequence(outputs * prototypes, 3) },
  });
}

/** Faults of a tiny bundle whose hashes are right, so that nothing but the fault itself can be what is noticed. */
const FAULTS = {
  /** Seen by the loader. */
  "rank-mismatch": ({ files }) => {
    files["bridge.safetensors"] = bridge({ rankOfB: rank + 1 });
  },
  "rows-not-prototypes-times-tokens": ({ files }) => {
    files["bridge.safetensors"] = bridge({ rows: prototypes * tokens + 1 });
  },
  "target-width": ({ files }) => {
    files["bridge.safetensors"] = bridge({ width: width + 1 });
  },
  "bridge-dtype": ({ files }) => {
    files["bridge.safetensors"] = writeSafetensors({
      A: { shape: [rank, channelsIn], data: new Float64Array(rank * channelsIn) },
    });
  },
  "bridge-tensor-missing": ({ files }) => {
    files["bridge.safetensors"] = writeSafetensors({ a: { shape: [1], data: new Float32Array(1) } });
  },
  "bridge-cut-short": ({ files }) => {
    files["bridge.safetensors"] = files["bridge.safetensors"]!.slice(0, -4);
  },
  "bridge-not-finite": ({ files }) => {
    const A = sequence(rank * channelsIn, 1);
    A[3] = Number.NaN;
    files["bridge.safetensors"] = writeSafetensors({ A: { shape: [rank, channelsIn], data: A } });
  },
  "unknown-step": ({ manifest }) => {
    manifest.prepare = [{ step: "wavelet" }];
  },
  /** One label more than the probe, or the upper half's logits, have: the loader sees the former, the engine the latter. */
  "label-count": ({ manifest }) => {
    manifest.labels.push("one too many");
  },
  /** Seen only by the engine, against the ONNX halves. */
  "lower-width": ({ files }) => {
    files["bridge.safetensors"] = bridge({ channelsIn: channelsIn + 1 });
  },
  "lower-input-name": ({ manifest }) => {
    manifest.lower.input = "nothing";
  },
  "upper-output-name": ({ manifest }) => {
    manifest.upper.output = "nothing";
  },
  "input-dtype": ({ manifest }) => {
    manifest.prepare = [
      { step: "quantise", levels: 100, round: "half-even" },
      { step: "cast", dtype: "int64" },
    ];
  },
  "input-length": ({ manifest }) => {
    manifest.window.seconds *= 2;
  },
  "upper-not-onnx": ({ files }) => {
    files["upper.onnx"] = new TextEncoder().encode("not a model");
  },
} satisfies Record<string, Fault>;

export type FaultName = keyof typeof FAULTS;

/** Rewrites the tiny bundle in `folder` with one fault. */
export async function breakBundle(folder: string, fault: FaultName): Promise<void> {
  const { files: listed, ...manifest } = JSON.parse(await readFile(join(folder, "bundle.json"), "utf8")) as Manifest;
  const files: Record<string, Uint8Array> = {};
  for (const name of Object.keys(listed)) files[name] = new Uint8Array(await readFile(join(folder, name)));
  const parts = { manifest, files };
  FAULTS[fault](parts);
  await writeBundle(folder, parts satisfies BundleParts);
}

/** Changes one byte of a file and leaves `bundle.json` as it is. */
export async function alterFile(folder: string, name: string): Promise<void> {
  const bytes = await readFile(join(folder, name));
  bytes[bytes.length >> 1]! ^= 1;
  await writeFile(join(folder, name), bytes);
}

/** Removes a file and leaves `bundle.json` as it is. */
export async function removeFile(folder: string, name: string): Promise<void> {
  await rm(join(folder, name));
}
