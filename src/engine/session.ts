import "./no-telemetry.js";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { BioxError } from "../errors.js";
import type { PreparedArray, PreparedDtype } from "../prepare/index.js";
import { fillShape } from "./input-shape.js";
import { firstLine, sessionOptions } from "./runtime.js";

/** What one half of the model is to be fed with and asked for. */
export interface HalfSpec {
  /** "lower" or "upper": what messages call it. */
  readonly role: string;
  readonly file: string;
  readonly input: string;
  readonly output: string;
  readonly dtype: PreparedDtype;
  /** Shape of the input; a batch dimension of 1 in front may be left out. */
  readonly shape: readonly number[];
}

/** @throws BioxError BUNDLE_INVALID, BUNDLE_SHAPE */
export async function openSession(onnx: Uint8Array, spec: HalfSpec, threads: number): Promise<InferenceSession> {
  let session: InferenceSession;
  try {
    session = await InferenceSession.create(onnx, sessionOptions(threads));
  } catch (cause) {
    throw new BioxError(
      "BUNDLE_INVALID",
      `${spec.file} is not a model that ONNX Runtime can load: ${firstLine(cause)}.`,
      "Export it again (opset 17 is known to work).",
      { cause },
    );
  }
  const { inputNames, outputNames } = session;
  if (!inputNames.includes(spec.input))
    throw shapeError(spec, `has no input '${spec.input}'; it has ${inputNames.join(", ")}`);
  if (inputNames.length > 1)
    throw shapeError(spec, `needs ${inputNames.length} inputs (${inputNames.join(", ")}), but a half has one`);
  if (!outputNames.includes(spec.output))
    throw shapeError(spec, `has no output '${spec.output}'; it has ${outputNames.join(", ")}`);
  return session;
}

/** The declared input shape with its open dimensions filled in, when the prepared data fit it. */
export function inputShape(session: InferenceSession, spec: HalfSpec): readonly number[] {
  const declared = session.inputMetadata[session.inputNames.indexOf(spec.input)];
  if (!declared?.isTensor) throw shapeError(spec, `input '${spec.input}' is not a tensor`);
  if (declared.type !== spec.dtype)
    throw shapeError(spec, `input '${spec.input}' takes ${declared.type}, but is given ${spec.dtype}`);
  const shape = fillShape(declared.shape, spec.shape);
  if (shape === undefined)
    throw shapeError(
      spec,
      `input '${spec.input}' has shape [${declared.shape.join(", ")}], but is given [${spec.shape.join(", ")}]`,
    );
  return [...shape];
}

/** Whether a dimension is left to run time: a name, or a negative number. */
export function isOpen(size: number | string | undefined): boolean {
  return typeof size !== "number" || size < 0;
}

/** Runs once with the output left to ONNX Runtime. */
export async function execute(
  session: InferenceSession,
  spec: HalfSpec,
  input: PreparedArray,
  shape: readonly number[],
  options: InferenceSession.RunOptions = {},
): Promise<{ data: Float32Array; shape: number[] }> {
  const feeds = { [spec.input]: new Tensor(spec.dtype, input as never, shape) };
  const results = await session.run(feeds, [spec.output], options).catch((cause) => {
    throw failed(spec, cause);
  });
  const output = results[spec.output]!;
  if (output.type !== "float32")
    throw shapeError(spec, `output '${spec.output}' is ${output.type}, but float32 is needed`);
  return { data: output.data as Float32Array, shape: [...output.dims] };
}

function shapeError(spec: HalfSpec, problem: string): BioxError {
  return new BioxError(
    "BUNDLE_SHAPE",
    `${spec.file} ${problem}.`,
    `Correct '${spec.role}' or 'prepare' in bundle.json, or export the model again.`,
  );
}

export function failed(spec: HalfSpec, cause: unknown): BioxError {
  return new BioxError("MODEL_FAILED", `The ${spec.role} half failed: ${firstLine(cause)}.`, undefined, { cause });
}

export function allocate(dtype: PreparedDtype, size: number): PreparedArray {
  switch (dtype) {
    case "float32":
      return new Float32Array(size);
    case "float64":
      return new Float64Array(size);
    case "int32":
      return new Int32Array(size);
    case "int64":
      return new BigInt64Array(size);
  }
}

export function product(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}
