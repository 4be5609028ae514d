import { attr } from "../../onnx/index.js";
import { layerNorm, linear } from "./layers.js";
import type { Net } from "./net.js";

/** Sizes of multi-head self-attention over x [batch, tokens, width]. */
export interface AttentionShape {
  readonly batch: number;
  readonly tokens: number;
  readonly width: number;
  readonly heads: number;
}

/** Queries, keys and values [batch, heads, tokens, width / heads]. */
interface Projected {
  readonly q: string;
  readonly k: string;
  readonly v: string;
}

/** Attention with one linear layer each for queries, keys and values, as in HuBERT. */
export function attention(net: Net, name: string, x: string, shape: AttentionShape): string {
  const { batch, tokens, width, heads } = shape;
  const project = (part: string) =>
    net.transpose(
      net.reshape(linear(net, `${name}.${part}`, x, width, width), [batch, tokens, heads, width / heads]),
      [0, 2, 1, 3],
    );
  return attend(net, name, { q: project("q"), k: project("k"), v: project("v") }, shape);
}

/**
 * Attention with one linear layer for queries, keys and values together, as in vision transformers.
 *
 * @param variant `bias` of that layer; `normEpsilon` where queries and keys pass a layer norm per head
 */
export function fusedAttention(
  net: Net,
  name: string,
  x: string,
  shape: AttentionShape,
  variant: { bias: boolean; normEpsilon?: number },
): string {
  const { batch, tokens, width, heads } = shape;
  const size = width / heads;
  const joint = linear(net, `${name}.qkv`, x, width, 3 * width, variant.bias);
  const parts = net.transpose(net.reshape(joint, [batch, tokens, 3, heads, size]), [2, 0, 3, 1, 4]);
  const part = (index: number) => net.node("Gather", [parts, net.int(index)], { axis: attr.int(0) });
  const [q, k, v] = [part(0), part(1), part(2)] as const;
  const { normEpsilon } = variant;
  if (normEpsilon === undefined) return attend(net, name, { q, k, v }, shape);
  const normed = (which: string, value: string) => layerNorm(net, `${name}.${which}_norm`, value, size, normEpsilon);
  return attend(net, name, { q: normed("q", q), k: normed("k", k), v }, shape);
}

/** softmax(q k' / sqrt(width / heads)) v, heads side by side, then a linear layer: [batch, tokens, width]. */
function attend(net: Net, name: string, { q, k, v }: Projected, shape: AttentionShape): string {
  const { batch, tokens, width, heads } = shape;
  const scaled = net.node("Mul", [q, net.scalar((width / heads) ** -0.5)]);
  const scores = net.node("MatMul", [scaled, net.transpose(k, [0, 1, 3, 2])]);
  const mixed = net.node("MatMul", [net.node("Softmax", [scores], { axis: attr.int(-1) }), v]);
  const joined = net.reshape(net.transpose(mixed, [0, 2, 1, 3]), [batch, tokens, width]);
  return linear(net, `${name}.out`, joined, width, width);
}
