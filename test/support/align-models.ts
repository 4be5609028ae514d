/** Two small models and paired windows of a hidden rhythm, for tests of building a bridge. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { sequence } from "../../src/bench/synthetic/sequence.js";
import { type TensorToWrite, writeSafetensors } from "../../src/bundle/index.js";
import { attr, constant, encodeModel, GraphBuilder, int64 } from "../../src/onnx/index.js";

const ROWS = 60;
export const CLASSES = 3;
/** Samples of a window of either modality. */
const SAMPLES = 48;
const TOKENS = 8;
const WIDTH = 6;

/** Blocks of x + tanh(x W) between tokens and, with a head, the mean over tokens and a linear layer. */
function model(name: string, blocks: number, head: boolean): Uint8Array {
  const graph = new GraphBuilder(name);
  const weights = (label: string, shape: number[], seed: number, scale: number): string => {
    const count = shape.reduce((a, b) => a * b, 1);
    return graph.initializer(label, constant(sequence(count, seed, scale), shape));
  };
  const input = graph.input("window", "float32", [1, SAMPLES]);
  const tokens = graph.node("Reshape", [input, graph.initializer("tokens", int64([1, TOKENS, SAMPLES / TOKENS]))]);
  const embedded = weights("embed", [SAMPLES / TOKENS, WIDTH], 11, 1);
  let x = graph.node("MatMul", [tokens, embedded], { outputs: ["h_0"] });
  for (let block = 0; block < blocks; block++) {
    const turned = graph.node("MatMul", [x, weights(`w_${block}`, [WIDTH, WIDTH], 20 + block, 1.5)]);
    x = graph.node("Add", [x, graph.node("Tanh", [turned])], { outputs: [`h_${block + 1}`] });
  }
  if (head) {
    const axis = graph.initializer("axis", int64([1]));
    const squared = graph.node("Mul", [x, x]);
    const pooled = graph.node("ReduceMean", [squared, axis], { attributes: { keepdims: attr.int(0) } });
    const logits = graph.node("MatMul", [pooled, weights("head", [WIDTH, CLASSES], 30, 4)], { outputs: ["logits"] });
    graph.output(logits, "float32", [1, CLASSES]);
  } else graph.output(x, "float32", [1, TOKENS, WIDTH]);
  return encodeModel(graph, { opset: 18 });
}

export interface AlignFiles {
  readonly newModel: string;
  readonly oldModel: string;
  readonly pairs: string;
}

/** Writes new.onnx (cut at h_1), old.onnx (entered at h_1, last block h_3) and pairs.safetensors into a folder. */
export function writeAlignFiles(folder: string, change: Record<string, TensorToWrite> = {}): AlignFiles {
  const path = (name: string): string => join(folder, name);
  const windows = (shift: number): Float32Array => {
    const noise = sequence(ROWS * SAMPLES, 40 + shift);
    return noise.map((value, at) => {
      const [row, i] = [Math.floor(at / SAMPLES), at % SAMPLES];
      const [strength, speed] = [0.5 + (row % CLASSES), 1 + (row % 5) / 4];
      return strength * Math.sin((i + shift) * 0.3 * speed) + strength + 0.1 * value;
    });
  };
  writeFileSync(path("new.onnx"), model("worn", 2, false));
  writeFileSync(path("old.onnx"), model("known", 3, true));
  const column = (of: (row: number) => number): TensorToWrite => ({
    shape: [ROWS],
    data: Int32Array.from({ length: ROWS }, (_, row) => of(row)),
  });
  const tensors = {
    new: { shape: [ROWS, SAMPLES], data: windows(0) },
    old: { shape: [ROWS, SAMPLES], data: windows(5) },
    label: column((row) => row % CLASSES),
    split: column((row) => (row < 43 ? 1 : 2)),
    ...change,
  };
  writeFileSync(path("pairs.safetensors"), writeSafetensors(tensors, { splits: '{"pair":1,"val":2}' }));
  return { newModel: path("new.onnx"), oldModel: path("old.onnx"), pairs: path("pairs.safetensors") };
}
