import { BioxError } from "../../errors.js";
import { readModel } from "../../onnx/read.js";

/** An input or output of an ONNX half: undefined where the file does not say an extent, or no shape at all. */
export interface HalfPort {
  readonly name: string;
  readonly shape: readonly (number | undefined)[] | undefined;
}

export interface HalfFacts {
  readonly inputs: readonly HalfPort[];
  readonly outputs: readonly HalfPort[];
}

/**
 * What an ONNX half says of its inputs and outputs.
 *
 * @param name what messages call the file
 * @throws BioxError ONNX_INVALID
 */
export function halfFacts(bytes: Uint8Array, name: string): HalfFacts {
  const graph = readModel(bytes, name).graph!;
  // Before IR version 4 weights were inputs, too.
  const weights = new Set(graph.initializer.map((tensor) => tensor.name));
  const port = ({ name, type }: (typeof graph.input)[number]): HalfPort => {
    const shape = type?.value.case === "tensorType" ? type.value.value.shape : undefined;
    return {
      name,
      shape: shape?.dim.map(({ value }) =>
        value.case === "dimValue" && value.value > 0n ? Number(value.value) : undefined,
      ),
    };
  };
  return { inputs: graph.input.filter((input) => !weights.has(input.name)).map(port), outputs: graph.output.map(port) };
}

/**
 * The port of that name, or the only one there is.
 *
 * @param name from the description; undefined where it leaves that open
 * @param field of the description, for messages
 */
export function portOf(ports: readonly HalfPort[], name: unknown, field: string): HalfPort {
  const found = name === undefined && ports.length === 1 ? ports[0] : ports.find((port) => port.name === name);
  if (found) return found;
  const there = ports.map((port) => `'${port.name}'`).join(", ") || "none";
  const problem =
    name === undefined ? "is not said, and there are several" : `is '${String(name)}', which does not exist`;
  throw new BioxError(
    "BUNDLE_SHAPE",
    `Expected ${field} to be one of ${there}, but it ${problem}.`,
    `Set ${field} in the description.`,
  );
}
