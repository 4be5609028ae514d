import { type Precision, requirePrecision } from "../bridge/index.js";
import type { Bundle, Safetensors, Tensor } from "../bundle/index.js";
import { BioxError, invalidArgument } from "../errors.js";
import type { Preparation, PreparedArray } from "../prepare/index.js";
import { BridgedModel } from "./model.js";
import { prepareFor } from "./preparation.js";

export interface InferOptions {
  /** "raw": tensor `signal` F32 or F64 [N, channels, samples]. "prepared": tensor `input` [N, ...]. Default "raw". */
  input?: "raw" | "prepared";
  threads?: number;
  /** How the bridge's weights are stored. Default the bundle's `bridge.precision`. */
  precision?: Precision;
  /** Told after each window. */
  onProgress?: (done: number, total: number) => void;
  /** Ends the work before the next window; the promise then rejects with the signal's reason. */
  signal?: AbortSignal;
}

/** What each window became at every stage, all float32 and row-major: N windows of the shape given. */
export interface InferResult {
  windows: number;
  /** [N, C_in], [N, r], [N, ...target shape], [N, K], [N, K] */
  tensors: Record<"pooled" | "hidden" | "bridged" | "logits" | "probs", { shape: number[]; data: Float32Array }>;
}

/**
 * Runs windows of a file through a bundle, each on its own.
 *
 * Raw windows are at the rate in the file's metadata `rate`, in Hz; without it at the bundle's.
 *
 * @throws BioxError FILE_INVALID when the tensors do not fit the bundle, and what loading a model throws
 */
export async function infer(bundle: Bundle, file: Safetensors, options: InferOptions = {}): Promise<InferResult> {
  const { input = "raw", threads = 1, onProgress, signal } = options;
  if (input !== "raw" && input !== "prepared") throw invalidArgument("input", "'raw' or 'prepared'", input);
  const precision = options.precision === undefined ? undefined : requirePrecision(options.precision);
  signal?.throwIfAborted();
  const windows = input === "raw" ? rawWindows(bundle, file) : preparedWindows(bundle, file);
  const model = await BridgedModel.create(bundle, windows.shape, threads, precision);
  try {
    const { count } = windows;
    const target = bundle.manifest.bridge.target.shape;
    const stages = {
      pooled: model.pooled,
      hidden: model.hidden,
      bridged: model.bridged,
      logits: model.logits,
      probs: model.probs,
    };
    const tensors = {} as InferResult["tensors"];
    for (const [name, stage] of Object.entries(stages) as [keyof typeof stages, Float32Array][]) {
      const shape = name === "bridged" ? (target[0] === 1 ? target.slice(1) : target) : [stage.length];
      tensors[name] = { shape: [count, ...shape], data: new Float32Array(count * stage.length) };
    }
    for (let n = 0; n < count; n++) {
      signal?.throwIfAborted();
      windows.load(n, model.input);
      await model.run();
      for (const [name, stage] of Object.entries(stages) as [keyof typeof stages, Float32Array][])
        tensors[name].data.set(stage, n * stage.length);
      onProgress?.(n + 1, count);
    }
    return { windows: count, tensors };
  } finally {
    await model.release();
  }
}

interface Windows {
  count: number;
  shape: Preparation["output"];
  load(n: number, into: PreparedArray): void;
}

function rawWindows(bundle: Bundle, file: Safetensors): Windows {
  const { manifest } = bundle;
  const channels = manifest.new.channels.length;
  const rate = file.metadata.rate === undefined ? manifest.new.rate : Number(file.metadata.rate);
  if (!(Number.isFinite(rate) && rate > 0))
    throw misfit(`has the rate '${file.metadata.rate}'`, "a number of Hz above 0 in its metadata");
  const samples = Math.round(manifest.window.seconds * rate);
  const { shape, data } = need(file, "signal");
  if (!(data instanceof Float32Array || data instanceof Float64Array))
    throw misfit("has a tensor 'signal' that is not of floats", "F32 or F64");
  if (shape.length !== 3 || shape[1] !== channels || shape[2] !== samples)
    throw misfit(
      `has 'signal' of shape [${shape.join(", ")}]`,
      `[windows, ${channels}, ${samples}], windows of ${manifest.window.seconds} s at ${rate} Hz`,
    );
  const bad = data.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0)
    throw misfit(
      `has ${data[bad]} in window ${Math.floor(bad / (channels * samples))} of 'signal'`,
      "finite numbers only",
    );
  const { preparation } = prepareFor(bundle, rate);
  const scratch = Array.from({ length: channels }, () => new Float64Array(samples));
  return {
    count: shape[0]!,
    shape: preparation.output,
    load(n, into) {
      for (let c = 0; c < channels; c++)
        scratch[c]!.set(data.subarray((n * channels + c) * samples, (n * channels + c + 1) * samples));
      preparation.prepareWindow(scratch, into);
    },
  };
}

function preparedWindows(bundle: Bundle, file: Safetensors): Windows {
  const { output } = prepareFor(bundle, bundle.manifest.new.rate).preparation;
  const { shape, data } = need(file, "input");
  const size = output.shape.reduce((a, b) => a * b, 1);
  const count = shape[0] ?? 0;
  if (shape.length < 2 || data.length !== count * size)
    throw misfit(`has 'input' of shape [${shape.join(", ")}]`, `[windows, ${output.shape.join(", ")}]`);
  return {
    count,
    shape: output,
    load(n, into) {
      for (let i = 0; i < size; i++) {
        const value = Number(data[n * size + i]);
        const whole = output.dtype === "int64" || output.dtype === "int32";
        if (!Number.isFinite(value) || (whole && !Number.isInteger(value)))
          throw misfit(`has ${value} in window ${n} of 'input'`, `numbers that ${output.dtype} can hold`);
        if (into instanceof BigInt64Array) into[i] = BigInt(value);
        else into[i] = value;
      }
    },
  };
}

function need(file: Safetensors, name: string): Tensor {
  const tensor = file.tensors.get(name);
  if (tensor) return tensor;
  throw misfit(
    `has no tensor '${name}' (it has ${[...file.tensors.keys()].join(", ") || "none"})`,
    `a tensor '${name}'`,
  );
}

function misfit(what: string, expected: string): BioxError {
  return new BioxError(
    "FILE_INVALID",
    `The window file ${what}, but expected is ${expected}.`,
    "See 'biox infer --help'.",
  );
}
