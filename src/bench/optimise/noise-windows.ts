import { type Bundle, readSafetensors, type Safetensors, writeSafetensors } from "../../bundle/index.js";
import { product } from "../../engine/session.js";
import { fillUniform } from "../models/random.js";

/** Prepared windows of seeded noise from -1 to 1, as `infer` takes them; zeros where a model takes whole numbers. */
export function noiseWindows({ prepared }: Bundle, count: number): Safetensors {
  const data = new Float32Array(count * product(prepared.shape));
  if (prepared.dtype === "float32" || prepared.dtype === "float64") fillUniform(data, 1, 1);
  return readSafetensors(writeSafetensors({ input: { shape: [count, ...prepared.shape], data } }));
}
