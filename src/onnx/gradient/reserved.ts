import { clone } from "@bufbuild/protobuf";
import { invalidArgument } from "../../errors.js";
import type { Model } from "../model.js";
import { type GraphProto, GraphProtoSchema } from "../onnx-ml_pb.js";
import { FreshNames } from "../quantize/names.js";
import { renameValues } from "../rename.js";

/** Names of what a gradient model takes and gives beside the input. */
export const TARGET = "target";
export const LOSS = "loss";
export const GRADIENT = "gradient";
const RESERVED = [TARGET, LOSS, GRADIENT];

/** A graph in which the reserved names are free, and how its values are called there. */
export interface Freed {
  readonly graph: GraphProto;
  /** Gives further names that are free. */
  readonly names: FreshNames;
  nameOf(name: string): string;
}

/** Gives values of a model that bear a reserved name another one, in a copy. */
export function freeReserved(model: Model, input: string): Freed {
  if (RESERVED.includes(input)) throw invalidArgument("input", `called otherwise than ${RESERVED.join(", ")}`, input);
  const names = new FreshNames(model);
  const others = new Map(RESERVED.map((name) => [name, names.fresh(name)]));
  const nameOf = (name: string): string => others.get(name) ?? name;
  if (RESERVED.every((name) => nameOf(name) === name)) return { graph: model.graph!, names, nameOf };
  const graph = clone(GraphProtoSchema, model.graph!);
  renameValues(graph, nameOf);
  return { graph, names, nameOf };
}
