import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BioxError } from "../errors.js";
import { attr, constant, encodeModel, GraphBuilder, opsetOf, readModel, writeModel } from "./index.js";
import { TensorProto_DataLocation } from "./onnx-ml_pb.js";

/** A graph with most of what a file can hold: weights, attributes, a body. */
function sample(): Uint8Array {
  const graph = new GraphBuilder("net");
  graph.input("x", "float32", ["batch", 3]);
  graph.initializer("w", constant(Float32Array.of(1, 2, 3), [3]));
  graph.initializer("go", constant(Uint8Array.of(1), [], "bool"));
  const yes = graph.subgraph("yes");
  yes.node("Mul", ["x", "w"], { outputs: ["product"] });
  yes.output("product", "float32", ["batch", 3]);
  const no = graph.subgraph("no");
  no.node("LeakyRelu", ["x"], { outputs: ["leaky"], attributes: { alpha: attr.float(0.5) } });
  no.output("leaky", "float32", ["batch", 3]);
  const attributes = { then_branch: attr.graph(yes), else_branch: attr.graph(no) };
  graph.node("If", ["go"], { outputs: ["y"], attributes });
  graph.output("y", "float32", ["batch", 3]);
  return encodeModel(graph);
}

/** Reads, and fails unless the result is a model or a clear refusal. */
function readOrRefuse(bytes: Uint8Array): "model" | "refused" {
  try {
    writeModel(readModel(bytes, "x.onnx"));
    return "model";
  } catch (error) {
    if (!(error instanceof BioxError)) throw error;
    expect(error.code).toBe("ONNX_INVALID");
    expect(error.message).toMatch(/^x\.onnx \S.*\.$/s);
    return "refused";
  }
}

describe("readModel", () => {
  it("gives what was written, and writing it again gives the same bytes", () => {
    const bytes = sample();
    const model = readModel(bytes);
    expect(opsetOf(model)).toBe(17);
    expect(model.graph!.node.map(({ opType }) => opType)).toEqual(["If"]);
    expect(writeModel(model)).toEqual(bytes);
  });

  it("keeps fields that this version of the schema does not know", () => {
    // Field 1000, a varint, at the end of the model.
    const bytes = Uint8Array.of(...sample(), 0xc0, 0x3e, 0x07);
    expect(writeModel(readModel(bytes))).toEqual(bytes);
  });

  it("refuses what is no model, in one sentence", () => {
    const text = new TextEncoder();
    for (const bytes of [new Uint8Array(), text.encode("not a model"), new Uint8Array(100)])
      expect(readOrRefuse(bytes)).toBe("refused");
    expect(() => readModel("x" as never)).toThrow("Expected bytes to be a Uint8Array");
  });

  it("refuses a file that is cut short anywhere", () => {
    const bytes = sample();
    for (let part = 0; part < 64; part++)
      expect(readOrRefuse(bytes.subarray(0, Math.floor((bytes.length * part) / 64)))).toBe("refused");
  });

  it("reads or refuses a file with broken bytes, and never fails otherwise", () => {
    const bytes = sample();
    const flips = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 })), { minLength: 1 });
    fc.assert(
      fc.property(flips, (changes) => {
        const broken = bytes.slice();
        for (const [at, mask] of changes) broken[at]! ^= mask;
        readOrRefuse(broken);
      }),
      { numRuns: 2000, seed: 1 },
    );
  });

  it("refuses messages nested without end, before the stack is full", () => {
    // Model.graph (7) > node (1) > attribute (5) > g (6) > node > ..., innermost last.
    let message = new Uint8Array();
    for (let depth = 0; depth < 20_000; depth++) {
      const field = depth === 19_999 ? 7 : [6, 5, 1][depth % 3]!;
      const length: number[] = [];
      for (let rest = message.length; ; rest >>>= 7) {
        length.push(rest > 127 ? (rest & 127) | 128 : rest);
        if (rest <= 127) break;
      }
      const outer = new Uint8Array(1 + length.length + message.length);
      outer.set([(field << 3) | 2, ...length]);
      outer.set(message, 1 + length.length);
      message = outer;
    }
    expect(readOrRefuse(message)).toBe("refused");
  });

  it("refuses weights in other files", () => {
    const model = readModel(sample());
    model.graph!.initializer[0]!.dataLocation = TensorProto_DataLocation.EXTERNAL;
    expect(() => readModel(writeModel(model), "x.onnx")).toThrow("x.onnx keeps its tensor 'w' in another file");
  });
});
