import type { NodeProto } from "../onnx-ml_pb.js";

/**
 * The module that a node was exported from, such as `blocks.3/attn`; "" where the file does not say.
 *
 * TorchScript's exporter and those of Keras write it into the node's name (`/blocks.3/attn/MatMul`); PyTorch's dynamo
 * exporter writes it into the node's metadata, as a Python list (`['', 'blocks.3', 'blocks.3.attn', 'matmul']`) since
 * 2.6, before as `namespace` (`: Net/blocks.3: Block/blocks.3.attn: Attention/matmul: aten.matmul`).
 */
export function scopeOf({ name, metadataProps }: NodeProto): string {
  for (const { key, value } of metadataProps) {
    if (key === "pkg.torch.onnx.name_scopes") {
      const names = [...value.matchAll(/'([^']*)'|"([^"]*)"/g)].map(([, single, double]) => single ?? double ?? "");
      return last(names);
    }
    if (key === "namespace") return last(value.split("/").map((part) => part.split(":")[0]!));
  }
  const parts = name.split("/").filter((part) => part !== "");
  return parts.slice(0, -1).join("/");
}

/** The innermost module: the last entry is the operation itself. */
function last(names: readonly string[]): string {
  return names.slice(0, -1).findLast((name) => name !== "") ?? "";
}
