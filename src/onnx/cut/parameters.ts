import { type GraphProto, type NodeProto, type TensorProto, TensorProto_DataType as Type } from "../onnx-ml_pb.js";
import { bodies, nested } from "../walk.js";
import type { Flow } from "./flow.js";

/** Element types of weights: 32 and 64-bit whole numbers are shapes and indices. */
const NOT_WEIGHTS: ReadonlySet<number> = new Set([
  Type.INT32,
  Type.INT64,
  Type.UINT32,
  Type.UINT64,
  Type.BOOL,
  Type.STRING,
]);

/** Numbers of the weights that the parts before and after a place need; those that both need count in both. */
export class Parameters {
  readonly #before: Float64Array;
  readonly #after: Float64Array;

  constructor(graph: GraphProto, flow: Flow) {
    const end = Math.max(flow.values.at(-1)?.position ?? 0, flow.steps.at(-1)?.position ?? 0) + 1;
    const first = new Float64Array(end);
    const last = new Float64Array(end);
    const count = (numbers: number, from: number, to: number): void => {
      first[from]! += numbers;
      last[to]! += numbers;
    };
    for (const [name, [from, to]] of spans(graph.node, flow)) {
      const tensor = flow.names.initializers.get(name);
      if (tensor) count(numbersOf(tensor), from, to);
    }
    for (const { node, position } of flow.steps)
      for (const body of bodies(graph.node[node]!))
        for (const { initializer } of nested(body))
          for (const tensor of initializer) count(numbersOf(tensor), position, position);
    // From counts at a place to sums up to it and from it on.
    for (let i = 1; i < end; i++) first[i]! += first[i - 1]!;
    for (let i = end - 2; i >= 0; i--) last[i]! += last[i + 1]!;
    this.#before = first;
    this.#after = last;
  }

  before(position: number): number {
    return this.#before[position]!;
  }

  after(position: number): number {
    return this.#after[position]!;
  }
}

/** The first and the last position at which each value outside the flow of data is needed, directly or not. */
function spans(nodes: readonly NodeProto[], { order, uses, steps, useful }: Flow): Map<string, [number, number]> {
  const found = new Map<string, [number, number]>();
  const widen = (name: string, from: number, to: number): void => {
    const span = found.get(name);
    if (span === undefined) found.set(name, [from, to]);
    else found.set(name, [Math.min(span[0], from), Math.max(span[1], to)]);
  };
  const places = new Map(steps.map(({ node, position }) => [node, position]));
  // Backwards, so that a node is met after all that need it.
  for (const node of order.toReversed()) {
    if (!useful[node]) continue;
    const place = places.get(node);
    const given = place === undefined ? nodes[node]!.output.flatMap((name) => found.get(name) ?? []) : [place];
    if (given.length === 0) continue;
    const [from, to] = [Math.min(...given), Math.max(...given)];
    for (const name of uses[node]!) widen(name, from, to);
  }
  return found;
}

/** Numbers of a tensor that is a weight; 0 for indices, shapes and text. */
export function numbersOf({ dataType, dims }: TensorProto): number {
  return NOT_WEIGHTS.has(dataType) ? 0 : dims.reduce((product, extent) => product * Number(extent), 1);
}
