import "../../src/engine/no-telemetry.js";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { expect } from "vitest";
import { type GradientOptions, gradientModel } from "../../src/onnx/gradient/index.js";
import { GraphBuilder, graphModel, type Model, writeModel } from "../../src/onnx/index.js";
import { withFloat64Kernels } from "./float64/kernels.js";
import { toFloat64 } from "./float64/types.js";
import { product } from "./float64/windows.js";
import { seeded } from "./seeded.js";

/** Half the distance of central differences: h^2 and 1e-16 / h are both far below 1e-6. */
const STEP = 1e-5;

/** A small graph whose gradient is to be checked. */
export interface GradientCase {
  /** Of the input `x`; float32 in the graph. */
  readonly shape: readonly number[];
  /** 17 by default. */
  readonly opset?: number;
  readonly loss?: GradientOptions["loss"];
  /** Where random numbers from -1 to 1 do not do: makes an input of one of them. */
  readonly value?: (random: number, index: number) => number;
  /** The extents that the graph itself says of `x`, where some are open. */
  readonly declared?: readonly (number | string)[];
  /** Adds nodes behind `x`, and gives the name of their result. */
  build(graph: GraphBuilder, x: string): string;
}

/** The graph of a case, which computes its result as a value inside. */
export function caseModel({ shape, declared, opset = 17, build }: GradientCase): { model: Model; output: string } {
  const graph = new GraphBuilder("case");
  const output = build(graph, graph.input("x", "float32", declared ?? shape));
  graph.node("Shape", [output], { outputs: ["shape_of_result"] });
  graph.output("shape_of_result", "int64", ["rank"]);
  return { model: graphModel(graph, { opset }), output };
}

const sessionOf = (model: Model, graphOptimizationLevel: "disabled" | "all") =>
  InferenceSession.create(writeModel(model), { intraOpNumThreads: 1, logSeverityLevel: 3, graphOptimizationLevel });

/**
 * Checks a gradient against central differences of the loss in float64, to 1e-6 of the length of the gradient, and the
 * float32 graph, as ONNX Runtime optimises it, against that in float64.
 */
export async function checkGradient(one: GradientCase): Promise<void> {
  const { model, output } = caseModel(one);
  const random = seeded(7);
  const number = (index: number) => (one.value ?? ((value: number) => value))(2 * random() - 1, index);
  // Numbers that float32 has, too, so that both graphs get the same.
  const x = Float64Array.from({ length: product(one.shape) }, (_, i) => Math.fround(number(i)));
  const options = { input: "x", output, loss: one.loss ?? "mse" } as const;
  const double = gradientModel(toFloat64(model), options);
  const precise = await sessionOf(withFloat64Kernels(double), "disabled");
  const single = await sessionOf(gradientModel(model, options), "all");
  try {
    const extents = await resultShape(model, x, one.shape);
    const target = Float64Array.from({ length: product(extents) }, () => Math.fround(2 * random() - 1));
    const run = async (values: Float64Array) => {
      const feeds = { x: new Tensor("float64", values, one.shape), target: new Tensor("float64", target, extents) };
      const { loss, gradient } = await precise.run(feeds);
      expect(gradient!.dims).toEqual(one.shape);
      return { loss: (loss!.data as Float64Array)[0]!, gradient: gradient!.data as Float64Array };
    };
    const { gradient, loss } = await run(x);
    const differences = new Float64Array(x.length);
    for (let i = 0; i < x.length; i++) {
      const [up, down] = [x.slice(), x.slice()];
      up[i]! += STEP;
      down[i]! -= STEP;
      differences[i] = ((await run(up)).loss - (await run(down)).loss) / (up[i]! - down[i]!);
    }
    expect(length(differences), "the case has a gradient").toBeGreaterThan(1e-3);
    expect(distance(gradient, differences), "against finite differences").toBeLessThan(1e-6);

    const result = await single.run({
      x: new Tensor("float32", Float32Array.from(x), one.shape),
      target: new Tensor("float32", Float32Array.from(target), extents),
    });
    expect(Math.abs((result.loss!.data as Float32Array)[0]! - loss) / loss, "loss in float32").toBeLessThan(1e-4);
    expect(distance(result.gradient!.data as Float32Array, gradient), "float32 against float64").toBeLessThan(1e-4);
  } finally {
    await precise.release();
    await single.release();
  }
}

/** The shape of the result as ONNX Runtime finds it. */
async function resultShape(model: Model, x: Float64Array, shape: readonly number[]): Promise<number[]> {
  const session = await sessionOf(model, "disabled");
  try {
    const { shape_of_result } = await session.run({ x: new Tensor("float32", Float32Array.from(x), shape) });
    return Array.from(shape_of_result!.data as BigInt64Array, Number);
  } finally {
    await session.release();
  }
}

function length(a: ArrayLike<number>): number {
  return Math.hypot(...Array.from(a));
}

/** |a - b| / |b|. */
export function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return length(Array.from(a, (value, i) => value - b[i]!)) / length(b);
}
