import "../../engine/no-telemetry.js";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { attr, constant, encodeModel, GraphBuilder, int64 } from "../../onnx/index.js";

/** Side of the square matrices that a round multiplies: big enough to dwarf the Loop's own cost, small enough for one thread. */
const SIDE = 64;

/**
 * Adds a Loop of matrix products whose result is 0 but depends on `input`, so that the runtime can neither compute it
 * beforehand nor leave it out. With 0 rounds there is no Loop, only the constant.
 *
 * @returns name of a scalar 0 in float32
 */
export function addBurn(graph: GraphBuilder, input: string, rounds: number): string {
  graph.initializer("nought", constant(Float32Array.of(0), []));
  if (rounds === 0) return "nought";
  graph.initializer("rounds", int64([rounds], []));
  graph.initializer("go", constant(Uint8Array.of(1), [], "bool"));
  // A cyclic shift: its powers stay permutations, so no number of rounds can overflow.
  const shift = new Float32Array(SIDE * SIDE);
  for (let row = 0; row < SIDE; row++) shift[row * SIDE + ((row + 1) % SIDE)] = 1;
  graph.initializer("shift_matrix", constant(shift, [SIDE, SIDE]));
  const mean = graph.node("ReduceMean", [input], { attributes: { keepdims: attr.int(0) } });
  const start = graph.node("Mul", ["shift_matrix", mean]);
  const body = graph.subgraph("round");
  body.input("round_index", "int64", []);
  body.input("go_in", "bool", []);
  body.input("state", "float32", [SIDE, SIDE]);
  body.node("Identity", ["go_in"], { outputs: ["go_out"] });
  body.node("MatMul", ["state", "shift_matrix"], { outputs: ["next"] });
  body.output("go_out", "bool", []);
  body.output("next", "float32", [SIDE, SIDE]);
  const end = graph.node("Loop", ["rounds", "go", start], { attributes: { body: attr.graph(body) } });
  const sum = graph.node("ReduceMean", [end], { attributes: { keepdims: attr.int(0) } });
  return graph.node("Mul", [sum, "nought"]);
}

/**
 * The number of rounds that take about `ms` of a processor on this machine, from the fastest of a few runs. Processor time, not time:
 * where others have the processor meanwhile, the model must not become a faster one.
 */
export async function roundsFor(ms: number): Promise<number> {
  if (ms <= 0) return 0;
  const rounds = 2000;
  const graph = new GraphBuilder("calibration");
  graph.input("x", "float32", [1]);
  const useless = addBurn(graph, "x", rounds);
  graph.node("Add", ["x", useless], { outputs: ["y"] });
  graph.output("y", "float32", [1]);
  const session = await InferenceSession.create(encodeModel(graph), { intraOpNumThreads: 1 });
  const feeds = { x: new Tensor("float32", Float32Array.of(1), [1]) };
  let fastest = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < 4; attempt++) {
    const before = process.cpuUsage();
    await session.run(feeds);
    const { user, system } = process.cpuUsage(before);
    fastest = Math.min(fastest, (user + system) / 1000);
  }
  await session.release();
  return Math.max(1, Math.round((rounds * ms) / fastest));
}
