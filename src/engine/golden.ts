import {
  type Bundle,
  readSafetensors,
  type Safetensors,
  type Tensor,
  type TensorToWrite,
  writeSafetensors,
} from "../bundle/index.js";
import { BioxError, invalidArgument } from "../errors.js";
import { type InferOptions, type InferResult, infer } from "./infer.js";

/** How far a stage may be from what it was when the bundle was packed, as a share of its largest value. */
export const DEFAULT_TOLERANCE = 1e-4;

const STAGES = ["pooled", "hidden", "bridged", "logits", "probs"] as const;

/** How one stage of the model agrees with the golden windows. */
export interface StageCheck {
  readonly stage: (typeof STAGES)[number];
  /** Largest magnitude among the stored values. */
  readonly largest: number;
  /** Largest difference from them, as a share of `largest`; that of probabilities is absolute. */
  readonly difference: number;
  readonly ok: boolean;
}

/** What recomputing the golden windows of a bundle came to. */
export interface GoldenCheck {
  readonly windows: number;
  /** What differences may be at most. */
  readonly tolerance: number;
  /** Windows that got the label they had. */
  readonly sameLabels: number;
  readonly stages: readonly StageCheck[];
  readonly ok: boolean;
}

/**
 * A few windows and what each stage of the bundle made of them, as a safetensors file: `signal` or `input` as it was given, and the
 * tensors that `infer` gives.
 *
 * @param file windows as `infer` takes them, one or more
 * @param options as `infer` takes them, and `most`: how many windows are kept, spread evenly over the file; all by default
 */
export async function makeGolden(
  bundle: Bundle,
  file: Safetensors,
  options: InferOptions & { most?: number } = {},
): Promise<Uint8Array> {
  const { most = Number.POSITIVE_INFINITY, ...inference } = options;
  if (!(most >= 1)) throw invalidArgument("most", "a number of windows, 1 or more", most);
  const name = inference.input === "prepared" ? "input" : "signal";
  const windows = file.tensors.get(name);
  const chosen: Safetensors =
    windows === undefined ? file : { ...file, tensors: new Map([[name, everyFew(windows, most)]]) };
  const result = await infer(bundle, chosen, inference);
  if (result.windows === 0)
    throw new BioxError("FILE_INVALID", "The window file has no window.", "Give recorded windows.");
  const rate = file.metadata.rate;
  return writeSafetensors(
    { [name]: plain(chosen.tensors.get(name)!), ...result.tensors },
    rate === undefined ? {} : { rate },
  );
}

/** Golden windows anew, for a bundle whose model has been changed on purpose. */
export function remakeGolden(bundle: Bundle, golden: Uint8Array, name: string): Promise<Uint8Array> {
  const file = readSafetensors(golden, name);
  return makeGolden(bundle, file, { input: kindOf(file) });
}

/**
 * Runs golden windows again and compares every stage with what is stored.
 *
 * @param golden content of the bundle's golden file
 * @param name of that file, for messages
 * @throws BioxError FILE_INVALID when the file does not fit the bundle, and what `infer` throws
 */
export async function checkGolden(
  bundle: Bundle,
  golden: Uint8Array,
  name: string,
  options: InferOptions & { tolerance?: number } = {},
): Promise<GoldenCheck> {
  const { tolerance = DEFAULT_TOLERANCE, ...inference } = options;
  if (!(tolerance > 0 && tolerance < 1)) throw invalidArgument("tolerance", "a number above 0 and below 1", tolerance);
  const file = readSafetensors(golden, name);
  const { windows, tensors } = await infer(bundle, file, { ...inference, input: kindOf(file) });
  const stages = STAGES.map((stage) =>
    compare(stage, tensors[stage], stored(file, stage, tensors[stage], name), tolerance),
  );
  const sameLabels = labelsAlike(tensors.probs, stored(file, "probs", tensors.probs, name));
  return { windows, tolerance, sameLabels, stages, ok: sameLabels === windows && stages.every(({ ok }) => ok) };
}

type StageTensor = InferResult["tensors"]["pooled"];

function compare(
  stage: StageCheck["stage"],
  { data }: StageTensor,
  golden: Float32Array,
  tolerance: number,
): StageCheck {
  let largest = 0;
  let difference = 0;
  for (let i = 0; i < data.length; i++) {
    // Math.max keeps a NaN, which then is not within any tolerance.
    largest = Math.max(largest, Math.abs(golden[i]!));
    difference = Math.max(difference, Math.abs(data[i]! - golden[i]!));
  }
  // A stage of zeros has no size of its own to compare with.
  const share = stage === "probs" || largest === 0 ? difference : difference / largest;
  return { stage, largest, difference: share, ok: share <= tolerance };
}

function labelsAlike({ shape, data }: StageTensor, golden: Float32Array): number {
  const [windows, classes] = shape as [number, number];
  let same = 0;
  for (let n = 0; n < windows; n++) {
    const range = [n * classes, (n + 1) * classes] as const;
    if (indexOfLargest(data.subarray(...range)) === indexOfLargest(golden.subarray(...range))) same++;
  }
  return same;
}

function indexOfLargest(values: Float32Array): number {
  return values.indexOf(values.reduce((a, b) => Math.max(a, b)));
}

function stored(file: Safetensors, stage: string, expected: StageTensor, name: string): Float32Array {
  const found = file.tensors.get(stage);
  const fits = found?.data instanceof Float32Array && String(found.shape) === String(expected.shape);
  if (fits) return found.data as Float32Array;
  const what = found ? `has ${stage} of ${found.dtype} [${found.shape.join(", ")}]` : `has no tensor ${stage}`;
  throw new BioxError(
    "FILE_INVALID",
    `File '${name}' ${what}, but the bundle gives F32 [${expected.shape.join(", ")}].`,
    "Pack the bundle again.",
  );
}

function kindOf(file: Safetensors): "raw" | "prepared" {
  return file.tensors.has("signal") ? "raw" : "prepared";
}

/** Rows 0, n/most, 2 n/most, ... of a tensor of n rows. */
function everyFew({ dtype, shape, data }: Tensor, most: number): Tensor {
  const rows = shape[0] ?? 0;
  if (rows <= most) return { dtype, shape, data };
  const size = data.length / rows;
  const kept = data.slice(0, most * size);
  for (let i = 0; i < most; i++) {
    const from = Math.floor((i * rows) / most) * size;
    // The two are of one kind, which the types cannot say.
    (kept as Float32Array).set(data.subarray(from, from + size) as Float32Array, i * size);
  }
  return { dtype, shape: [most, ...shape.slice(1)], data: kept };
}

/** 16-bit floats were widened when they were read. */
function plain({ shape, data }: Tensor): TensorToWrite {
  return { shape, data };
}
