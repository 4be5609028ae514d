import { BioxError } from "../errors.js";
import { readSafetensors, type Safetensors } from "./safetensors.js";

/** A matrix or vector of weights in 32-bit floats, row-major. */
export interface WeightTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Takes the named weights out of one safetensors file of a bundle, with the checks that every weight needs. */
export class WeightFile {
  readonly #content: Safetensors;
  readonly #name: string;

  constructor(bytes: Uint8Array, name: string) {
    this.#content = readSafetensors(bytes, name);
    this.#name = name;
  }

  /**
   * The tensor of that name.
   *
   * @param name tensor name
   * @param meaning its dimensions in the method's letters, such as ["r", "C_in"], for messages and to check their number
   * @throws BioxError BUNDLE_SHAPE when it is missing, not F32 or F16, empty, or of another number of dimensions;
   * BUNDLE_INVALID when a value is infinite or not a number
   */
  weight(name: string, meaning: readonly string[]): WeightTensor {
    const tensor = this.#content.tensors.get(name);
    const wanted = `${name} [${meaning.join(", ")}]`;
    if (tensor === undefined) throw misfit(this.#name, `expected a tensor ${wanted}, but there is ${this.#listing()}`);
    const { dtype, shape, data } = tensor;
    if ((dtype !== "F32" && dtype !== "F16") || !(data instanceof Float32Array))
      throw misfit(this.#name, `expected tensor ${name} to have the dtype F32 or F16, but it has ${dtype}`);
    if (shape.length !== meaning.length || data.length === 0)
      throw misfit(this.#name, `expected tensor ${wanted} of at least one element, but its shape is ${list(shape)}`);
    const bad = data.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0)
      throw new BioxError(
        "BUNDLE_INVALID",
        `${this.#name}: expected tensor ${name} to hold finite numbers, but element ${bad} is ${data[bad]}.`,
        "The training that made it went wrong: train the bridge or probe again.",
      );
    return { shape, data };
  }

  #listing(): string {
    const names = [...this.#content.tensors.keys()];
    return names.length === 0 ? "none" : names.slice(0, 8).join(", ");
  }
}

/** The error for weights that do not fit one another or the description. */
export function misfit(where: string, problem: string): BioxError {
  return new BioxError("BUNDLE_SHAPE", `${where}: ${problem}.`, "Export the bundle again from one training run.");
}

/** A shape as it is written in messages. */
export function list(shape: readonly number[]): string {
  return `[${shape.join(", ")}]`;
}
