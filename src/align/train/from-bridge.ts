import { createHash } from "node:crypto";
import type { BridgeGradientSpec, BridgeWeights } from "../../bridge/index.js";
import { readSafetensors } from "../../bundle/index.js";
import { BioxError } from "../../errors.js";
import { filePath } from "../../paths.js";
import { readWhole } from "../../regular-file.js";
import { WEIGHTS } from "./state.js";

/** A bridge to begin with: its bytes, and what tells it from others. */
export interface FirstBridge {
  readonly path: string;
  readonly bytes: Uint8Array;
  /** Lower-case hexadecimal digits. */
  readonly sha256: string;
}

/** @throws BioxError FILE_UNREADABLE, FILE_INVALID when it is no regular file */
export async function readFirstBridge(path: string): Promise<FirstBridge> {
  const bytes = await readWhole(filePath("from", path));
  return { path, bytes, sha256: createHash("sha256").update(bytes).digest("hex") };
}

/**
 * Its weights, which the training then changes.
 *
 * @throws BioxError FILE_INVALID when it is no bridge, or one of other sizes than `spec`
 */
export function firstWeights({ path, bytes }: FirstBridge, spec: BridgeGradientSpec): BridgeWeights {
  const { channelsIn, rank, prototypes, tokens, width } = spec;
  const { tensors } = readSafetensors(bytes, path);
  const shapes = { A: [rank, channelsIn], B: [prototypes * tokens, rank], prototypes: [width, prototypes] };
  const weightOf = (name: (typeof WEIGHTS)[number]): Float32Array => {
    const found = tensors.get(name);
    if (found?.data instanceof Float32Array && found.shape.join() === shapes[name].join()) {
      const bad = found.data.findIndex((value) => !Number.isFinite(value));
      if (bad < 0) return found.data.slice();
      throw invalid(`${path} has ${found.data[bad]} at element ${bad} of '${name}', but finite numbers are needed`);
    }
    const there = found ? `${found.dtype} [${found.shape.join(", ")}]` : "missing";
    throw invalid(
      `${path} is no bridge to begin with: '${name}' is ${there}, but F32 [${shapes[name].join(", ")}] is needed`,
    );
  };
  const [A, B, P] = WEIGHTS.map(weightOf) as [Float32Array, Float32Array, Float32Array];
  return { A, B, prototypes: P };
}

function invalid(problem: string): BioxError {
  return new BioxError(
    "FILE_INVALID",
    `${problem}.`,
    "Give a bridge between the same places of these models, and its sizes with --rank and --prototypes.",
  );
}
