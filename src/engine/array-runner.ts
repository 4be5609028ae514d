import type { Bundle } from "../bundle/index.js";
import { BioxError } from "../errors.js";
import type { Preparation, PreparedArray, PreparedDtype } from "../prepare/index.js";
import type { WindowAnswer, WindowArray } from "./cut-window.js";
import type { BridgedModel, StageTimes } from "./model.js";
import { prepareFor } from "./preparation.js";
import { product } from "./session.js";

/** Preparations that are kept, of raw windows at as many rates: each wearable's clock has a rate of its own. */
const MOST_RATES = 64;

/** What an engine thread made of windows that were run together. */
export interface Answered {
  readonly answers: readonly WindowAnswer[];
  /** Of all of them. */
  readonly ms: Pick<StageTimes, "lower" | "bridge" | "upper">;
  /** How many the model ran. */
  readonly together: number;
}

/** Runs windows that were cut elsewhere. What is wrong with one of them is its own answer, and none of the others'. */
export class ArrayRunner {
  private readonly preparations = new Map<number, Preparation>();

  constructor(
    private readonly model: BridgedModel,
    private readonly bundle: Pick<Bundle, "manifest" | "steps">,
  ) {}

  /** @param arrays at most as many as the model takes at once */
  async run(arrays: readonly WindowArray[]): Promise<Answered> {
    const { model } = this;
    const prepared = arrays.map(() => 0);
    const failures: (string | undefined)[] = [];
    /** Lane of each window that has one. */
    const lanes: (number | undefined)[] = [];
    let count = 0;
    for (const [n, array] of arrays.entries()) {
      const begin = performance.now();
      try {
        this.load(array, model.inputOf(count));
        lanes[n] = count++;
      } catch (error) {
        if (!(error instanceof BioxError)) throw error;
        failures[n] = error.message;
      }
      prepared[n] = performance.now() - begin;
    }
    if (count > 0) await model.runBatch(count);
    const answers = arrays.map((_, n): WindowAnswer => {
      const lane = lanes[n];
      const failure = lane === undefined ? failures[n]! : model.failureOf(lane)?.message;
      const probs = failure === undefined ? Array.from(model.probsOf(lane!)) : undefined;
      return { probs, failure, prepareMs: prepared[n]! };
    });
    const { lower, bridge, upper } = model.times;
    return { answers, ms: { lower, bridge, upper }, together: count };
  }

  private load({ kind, dtype, shape, rate, bytes }: WindowArray, into: PreparedArray): void {
    const values = view(dtype, bytes);
    if (kind === "prepared") {
      if (!finite(values)) throw notFinite();
      // Both are of the type that the preparation gives, which the types cannot say.
      (into as Float32Array).set(values as Float32Array);
      return;
    }
    const samples = shape[1]!;
    const signal = Array.from({ length: shape[0]! }, (_, c) =>
      Float64Array.from((values as Float64Array).subarray(c * samples, (c + 1) * samples)),
    );
    this.preparationAt(rate).prepareWindow(signal, into);
  }

  private preparationAt(rate: number): Preparation {
    const found = this.preparations.get(rate);
    if (found) return found;
    const { preparation } = prepareFor(this.bundle, rate);
    const [oldest] = this.preparations.keys();
    if (this.preparations.size >= MOST_RATES) this.preparations.delete(oldest!);
    this.preparations.set(rate, preparation);
    return preparation;
  }
}

/**
 * Refuses an array that is not what this bundle takes.
 *
 * @throws BioxError WINDOW_INVALID
 */
export function checkWindowArray({ manifest, prepared }: Bundle, array: WindowArray): void {
  const { kind, dtype, shape, rate, bytes } = array;
  const raw = kind === "raw";
  if (raw && !(rate > 0 && rate <= HIGHEST_RATE)) throw misfit(`has a rate of ${rate} Hz`, "one above 0");
  const expected = raw
    ? {
        dtype: ["float32", "float64"],
        shape: [manifest.new.channels.length, Math.round(manifest.window.seconds * rate)],
      }
    : { dtype: [prepared.dtype], shape: prepared.shape };
  if (!expected.dtype.includes(dtype) || String(shape) !== String(expected.shape))
    throw misfit(`is ${dtype} [${shape.join(", ")}]`, `${expected.dtype.join(" or ")} [${expected.shape.join(", ")}]`);
  const size = product(shape) * BYTES[dtype];
  if (bytes.length !== size) throw misfit(`has ${bytes.length} bytes`, `${size} for [${shape.join(", ")}]`);
}

/** Of any biosignal, Hz. */
const HIGHEST_RATE = 1e6;
const BYTES: Readonly<Record<PreparedDtype, number>> = { float32: 4, float64: 8, int32: 4, int64: 8 };

function view(dtype: PreparedDtype, { buffer, byteOffset, byteLength }: Uint8Array<ArrayBuffer>): PreparedArray {
  const length = byteLength / BYTES[dtype];
  switch (dtype) {
    case "float32":
      return new Float32Array(buffer, byteOffset, length);
    case "float64":
      return new Float64Array(buffer, byteOffset, length);
    case "int32":
      return new Int32Array(buffer, byteOffset, length);
    case "int64":
      return new BigInt64Array(buffer, byteOffset, length);
  }
}

function finite(values: PreparedArray): boolean {
  if (values instanceof BigInt64Array || values instanceof Int32Array) return true;
  return (values as Float64Array).every(Number.isFinite);
}

function notFinite(): BioxError {
  return new BioxError("WINDOW_INVALID", "The window has a value that is not finite.");
}

function misfit(what: string, expected: string): BioxError {
  return new BioxError("WINDOW_INVALID", `The window ${what}, but this bundle takes ${expected}.`);
}
