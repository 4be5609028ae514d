import type { GraphProto, NodeProto } from "../onnx-ml_pb.js";
import { bodies } from "../walk.js";

/** The values that a node needs: its inputs, and what the bodies of a Loop, Scan or If take from around them. */
export function usesOf(node: NodeProto): string[] {
  const uses = new Set(node.input);
  for (const body of bodies(node)) for (const name of captures(body)) uses.add(name);
  uses.delete("");
  return [...uses];
}

/** The values that a body takes from the graphs around it. */
function captures(body: GraphProto): Set<string> {
  const own = new Set([...body.input, ...body.initializer].map(({ name }) => name));
  for (const { values } of body.sparseInitializer) if (values) own.add(values.name);
  for (const { output } of body.node) for (const name of output) own.add(name);
  const free = new Set<string>();
  for (const node of body.node) for (const name of usesOf(node)) if (!own.has(name)) free.add(name);
  for (const { name } of body.output) if (!own.has(name)) free.add(name);
  return free;
}
