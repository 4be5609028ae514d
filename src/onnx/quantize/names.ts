import type { Model } from "../model.js";
import type { GraphProto } from "../onnx-ml_pb.js";
import { everyGraph, nested } from "../walk.js";

/** Gives names that no value of a model has yet. */
export class FreshNames {
  readonly #taken = new Set<string>();

  constructor(model: Model) {
    for (const graph of everyGraph(model)) {
      for (const { name } of [...graph.input, ...graph.initializer]) this.#taken.add(name);
      for (const { output } of graph.node) for (const name of output) this.#taken.add(name);
    }
  }

  /** The name wanted, or where it is taken the same with a number behind it. */
  fresh(wanted: string): string {
    let name = wanted;
    for (let i = 2; this.#taken.has(name); i++) name = `${wanted}_${i}`;
    this.#taken.add(name);
    return name;
  }
}

/**
 * Takes constants out of a graph that nothing uses any more, and the nodes that lead to them.
 *
 * @param names values that may have lost their last use; what else is unused stays as it was
 */
export function dropUnused(graph: GraphProto, names: Iterable<string>): void {
  const uses = new Map<string, number>();
  const count = (name: string, step: number): number => {
    const sum = (uses.get(name) ?? 0) + step;
    uses.set(name, sum);
    return sum;
  };
  for (const inner of nested(graph)) {
    for (const { name } of inner.output) count(name, 1);
    for (const { input } of inner.node) for (const name of input) count(name, 1);
  }
  const queue = [...names].filter((name) => (uses.get(name) ?? 0) === 0);
  const gone = new Set(queue);
  const makers = new Map(graph.node.flatMap((node) => node.output.map((output) => [output, node] as const)));
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    const maker = makers.get(name);
    if (maker === undefined || maker.output.some((output) => !gone.has(output))) continue;
    for (const input of maker.input)
      if (count(input, -1) === 0) {
        gone.add(input);
        queue.push(input);
      }
  }
  graph.node = graph.node.filter(({ output }) => output.length === 0 || !output.every((name) => gone.has(name)));
  graph.initializer = graph.initializer.filter(({ name }) => !gone.has(name));
  graph.valueInfo = graph.valueInfo.filter(({ name }) => !gone.has(name));
}
