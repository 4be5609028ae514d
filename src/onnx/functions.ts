import type { Model } from "./model.js";
import type { FunctionProto, GraphProto, NodeProto } from "./onnx-ml_pb.js";
import { plainDomain } from "./opset.js";
import { everyNode } from "./walk.js";

type Callable = Pick<FunctionProto, "domain" | "name" | "overload">;

const key = ({ domain, name, overload }: Callable): string => `${plainDomain(domain)}\n${name}\n${overload}`;

/** A model's own functions, by what nodes call them. */
export class Functions {
  readonly #byKey: ReadonlyMap<string, FunctionProto>;

  constructor({ functions }: Pick<Model, "functions">) {
    this.#byKey = new Map(functions.map((one) => [key(one), one]));
  }

  /** The function that a node calls; undefined where it is an operator. */
  of({ domain, opType, overload }: NodeProto): FunctionProto | undefined {
    return this.#byKey.get(key({ domain, name: opType, overload }));
  }
}

/** Those of a model's functions that a graph calls, or that those call. */
export function calledFunctions(functions: readonly FunctionProto[], graph: GraphProto): FunctionProto[] {
  const known = new Functions({ functions: [...functions] });
  const kept = new Set<FunctionProto>();
  const queue: (GraphProto | FunctionProto)[] = [graph];
  for (let body = queue.pop(); body !== undefined; body = queue.pop())
    for (const node of everyNode(body)) {
      const one = known.of(node);
      if (one === undefined || kept.has(one)) continue;
      kept.add(one);
      queue.push(one);
    }
  return functions.filter((one) => kept.has(one));
}
