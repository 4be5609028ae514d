import type { NodeProto } from "../onnx-ml_pb.js";
import { invalid } from "../read.js";
import type { Names } from "./names.js";

/**
 * Indices of nodes in an order in which they can be computed: the file's own where it is one.
 *
 * @param uses values that each node needs
 * @throws BioxError ONNX_INVALID when a node takes a value that nothing gives, or nodes wait for one another in a circle
 */
export function computingOrder(
  nodes: readonly NodeProto[],
  uses: readonly (readonly string[])[],
  names: Names,
): Int32Array {
  const missing = new Int32Array(nodes.length);
  const waiting: number[][] = [];
  let sorted = true;
  for (const [index, values] of uses.entries()) {
    for (const name of values) {
      const maker = names.makers.get(name);
      if (maker === undefined) {
        if (!names.inputs.has(name) && !names.weights.has(name))
          throw invalid(`${called(nodes[index]!)} takes '${name}', which nothing in the model gives`);
        continue;
      }
      if (maker >= index) sorted = false;
      missing[index]!++;
      waiting[maker] ??= [];
      waiting[maker]!.push(index);
    }
  }
  if (sorted) return Int32Array.from(nodes, (_, index) => index);
  const order = new Int32Array(nodes.length);
  let count = 0;
  for (const [index, number] of missing.entries()) if (number === 0) order[count++] = index;
  for (let done = 0; done < count; done++)
    for (const index of waiting[order[done]!] ?? []) if (--missing[index]! === 0) order[count++] = index;
  if (count < nodes.length) {
    const stuck = missing.findIndex((number) => number > 0);
    throw invalid(`The model goes in a circle: ${called(nodes[stuck]!)} needs its own result`);
  }
  return order;
}

/** How messages call a node. */
export function called({ name, opType, output }: NodeProto): string {
  return `Node '${name || output.find((value) => value !== "") || "?"}' (${opType})`;
}
