import fc from "fast-check";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { BioxError } from "../../errors.js";
import { constant, encodeModel, GraphBuilder, readModel, writeModel } from "../index.js";
import { rewriteHalf } from "./rewrite.js";

const SIZE = 64;

function sample(): Uint8Array {
  const graph = new GraphBuilder("g");
  graph.input("x", "float32", [1, SIZE]);
  graph.initializer(
    "w",
    constant(
      Float32Array.from({ length: SIZE * SIZE }, (_, i) => Math.sin(i)),
      [SIZE, SIZE],
    ),
  );
  graph.initializer("b", constant(new Float32Array(SIZE).fill(1), [SIZE]));
  graph.node("Gemm", ["x", "w", "b"], { outputs: ["y"] });
  graph.output("y", "float32", [1, SIZE]);
  return encodeModel(graph);
}

describe.each(["int8", "float16"] as const)("rewriteHalf to %s", (precision) => {
  it("gives the same bytes back where there is nothing to do", () => {
    const once = rewriteHalf(sample(), "x.onnx", precision);
    expect(once.tensors).toBe(1);
    expect(rewriteHalf(once.onnx, "x.onnx", precision)).toEqual({ onnx: once.onnx, tensors: 0, kept: [] });
  });

  it("does not change the file that it is given", () => {
    const onnx = sample();
    rewriteHalf(onnx, "x.onnx", precision);
    expect(onnx).toEqual(sample());
  });

  it("takes weights that are listed among the inputs, as they were before IR version 4", async () => {
    const model = readModel(sample());
    model.irVersion = 3n;
    for (const name of ["w", "b"]) model.graph!.input.push({ ...model.graph!.input[0]!, name });
    const { onnx } = rewriteHalf(writeModel(model), "x.onnx", precision);
    const session = await InferenceSession.create(onnx, { intraOpNumThreads: 1, logSeverityLevel: 3 });
    expect(session.inputNames).toEqual(["x"]);
    const { y } = await session.run({ x: new Tensor("float32", new Float32Array(SIZE), [1, SIZE]) });
    expect([...(y!.data as Float32Array)]).toEqual(Array(SIZE).fill(1));
    await session.release();
  });

  it("rewrites or refuses a file that is cut short or has broken bytes, and never fails otherwise", () => {
    const bytes = sample();
    const tryOut = (broken: Uint8Array): void => {
      try {
        rewriteHalf(broken, "x.onnx", precision);
      } catch (error) {
        if (!(error instanceof BioxError)) throw error;
        expect(error.code).toBe("ONNX_INVALID");
      }
    };
    for (let part = 0; part < 64; part++) tryOut(bytes.subarray(0, Math.floor((bytes.length * part) / 64)));
    // Most bytes are weights: half of the flips go to the rest.
    const at = fc.oneof(
      fc.nat(bytes.length - 1),
      fc.nat(120),
      fc.integer({ min: bytes.length - 250, max: bytes.length - 1 }),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(at, fc.integer({ min: 1, max: 255 })), { minLength: 1 }), (changes) => {
        const broken = bytes.slice();
        for (const [index, mask] of changes) broken[index]! ^= mask;
        tryOut(broken);
      }),
      { numRuns: 1500, seed: 1 },
    );
  });
});
