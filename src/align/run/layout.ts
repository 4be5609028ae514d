import type { FeatureLayout } from "../../bridge/index.js";
import type { Model } from "../../onnx/index.js";

type Node = NonNullable<Model["graph"]>["node"][number];

/** Operators that work along the last dimension, and those that have channels in the second. */
const CHANNELS_LAST = new Set(["MatMul", "Gemm", "LayerNormalization", "Gather", "LSTM", "GRU"]);
const CHANNELS_SECOND = new Set([
  ...["Conv", "ConvTranspose", "MaxPool", "AveragePool", "BatchNormalization", "InstanceNormalization"],
  ...["GroupNormalization", "GlobalAveragePool"],
]);

/**
 * Whether a tensor is [1, time, channels] or [1, channels, time], told by the nearest operator before it that says so: convolutions have
 * channels second, linear layers last, and a Transpose between changes one into the other. NTC where none does.
 */
export function layoutOf(model: Model, tensor: string): FeatureLayout {
  const makers = new Map<string, Node>();
  for (const node of model.graph!.node) for (const name of node.output) makers.set(name, node);
  const seen = new Set<string>();
  const queue: { name: string; turned: boolean }[] = [{ name: tensor, turned: false }];
  for (const { name, turned } of queue) {
    const node = makers.get(name);
    if (node === undefined || seen.has(name)) continue;
    seen.add(name);
    if (CHANNELS_SECOND.has(node.opType)) return turned ? "NTC" : "NCT";
    if (CHANNELS_LAST.has(node.opType)) return turned ? "NCT" : "NTC";
    const turns = node.opType === "Transpose" && movesLast(node);
    for (const input of node.input) queue.push({ name: input, turned: turned !== turns });
  }
  return "NTC";
}

function movesLast(node: Node): boolean {
  const order = node.attribute.find(({ name }) => name === "perm")?.ints;
  // Without an order all dimensions are turned round.
  return order === undefined || order.length === 0 || Number(order.at(-1)) !== order.length - 1;
}
