import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create } from "@bufbuild/protobuf";
import fc from "fast-check";
import { InferenceSession } from "onnxruntime-node";
import { afterAll, describe, expect, it } from "vitest";
import { failure } from "../../../test/support/failure.js";
import { difference, runModel, someFeeds } from "../../../test/support/halves.js";
import { sequence } from "../../bench/synthetic/sequence.js";
import { BioxError } from "../../errors.js";
import {
  constant,
  cutFile,
  cutModel,
  GraphBuilder,
  graphModel,
  inferShapes,
  int64,
  listCuts,
  type Model,
  openModel,
  readModel,
  readModelFile,
  writeModel,
  writeModelFiles,
} from "../index.js";
import { TensorProto_DataLocation as Location, StringStringEntryProtoSchema, type TensorProto } from "../onnx-ml_pb.js";

const folder = mkdtempSync(join(tmpdir(), "biox-onnx-"));
afterAll(() => rmSync(folder, { recursive: true }));

let count = 0;
/** A new folder with files in it. */
function place(files: Record<string, Uint8Array> = {}): string {
  const path = join(folder, String(count++));
  mkdirSync(path);
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(path, name), bytes);
  return path;
}

const SIDE = 48;

/** x [1, 48] -> MatMul w0 -> Reshape -> MatMul w1 -> MatMul w0 again -> y. */
function sample(): Model {
  const graph = new GraphBuilder("net");
  graph.input("x", "float32", [1, SIDE]);
  for (const [k, seed] of [3, 4].entries())
    graph.initializer(`w${k}`, constant(sequence(SIDE * SIDE, seed, 0.1), [SIDE, SIDE]));
  graph.initializer("flat", int64([1, SIDE]));
  graph.node("MatMul", ["x", "w0"], { outputs: ["a"] });
  graph.node("Reshape", ["a", "flat"], { outputs: ["b"] });
  graph.node("MatMul", ["b", "w1"], { outputs: ["c"] });
  graph.node("MatMul", ["c", "w0"], { outputs: ["y"] });
  graph.output("y", "float32", [1, SIDE]);
  return graphModel(graph);
}

/** Makes a tensor refer to bytes of another file. */
function moveOut(tensor: TensorProto, entries: Record<string, string>): void {
  tensor.rawData = new Uint8Array();
  tensor.dataLocation = Location.EXTERNAL;
  tensor.externalData = Object.entries(entries).map(([key, value]) =>
    create(StringStringEntryProtoSchema, { key, value }),
  );
}

/** The sample with all weights in `weights.bin`, as files. */
function outside(change: (tensors: readonly TensorProto[]) => void = () => {}): Record<string, Uint8Array> {
  const model = sample();
  const parts: Uint8Array[] = [];
  let offset = 0;
  for (const tensor of model.graph!.initializer) {
    const bytes = tensor.rawData;
    parts.push(bytes);
    moveOut(tensor, { location: "weights.bin", offset: String(offset), length: String(bytes.length) });
    offset += bytes.length;
  }
  change(model.graph!.initializer);
  return { "model.onnx": writeModel(model), "weights.bin": Buffer.concat(parts) };
}

describe("weights in other files", () => {
  it("are cut with the model, and both halves run from their files as the whole does", async () => {
    const at = place(outside());
    const { files } = await cutFile(join(at, "model.onnx"), {
      at: "b",
      lower: join(at, "l.onnx"),
      upper: join(at, "u.onnx"),
    });
    expect(files.map((file) => file.slice(at.length + 1)).sort()).toEqual([
      "l.onnx",
      "l.onnx.data",
      "u.onnx",
      "u.onnx.data",
    ]);
    expect(readdirSync(at).sort()).toEqual([
      "l.onnx",
      "l.onnx.data",
      "model.onnx",
      "u.onnx",
      "u.onnx.data",
      "weights.bin",
    ]);
    const feeds = await someFeeds(sample());
    const run = async (file: string, given: typeof feeds) => {
      const session = await InferenceSession.create(join(at, file), {
        graphOptimizationLevel: "disabled",
        logSeverityLevel: 3,
      });
      const results = (await session.run(given)) as typeof feeds;
      await session.release();
      return results;
    };
    const off = difference(await run("u.onnx", await run("l.onnx", feeds)), await runModel(sample(), feeds));
    expect(off).toBe(0);
  });

  it("that tensors share are written once, each stretch from the start of a page", async () => {
    const at = place(
      outside(([, w1]) => {
        w1!.externalData.find(({ key }) => key === "offset")!.value = "0";
      }),
    );
    const { model, external, bytes } = await readModelFile(join(at, "model.onnx"));
    expect([...external.values()].map(({ offset }) => offset)).toEqual([0, 0]);
    expect(bytes).toBe(statSync(join(at, "model.onnx")).size + 2 * SIDE * SIDE * 4 + 16);
    await writeModelFiles([{ path: join(at, "copy.onnx"), model }], { external });
    expect(readFileSync(join(at, "copy.onnx.data"))).toEqual(
      readFileSync(join(at, "weights.bin")).subarray(0, SIDE * SIDE * 4),
    );
    const two = place(outside());
    const file = await readModelFile(join(two, "model.onnx"));
    await writeModelFiles([{ path: join(two, "copy.onnx"), model: file.model }], file);
    const again = await readModelFile(join(two, "copy.onnx"));
    expect([...again.external.values()].map(({ offset }) => offset % 4096)).toEqual([0, 0]);
  });

  it("may be more than 2 GB: what a model is and where it can be cut is told without them", async () => {
    const rows = 2 ** 20;
    const graph = new GraphBuilder("net");
    graph.input("x", "int64", [1]);
    graph.initializer("table", constant(new Float32Array(320), [1, 320]));
    graph.initializer("back", constant(new Float32Array(320), [320, 1]));
    graph.node("Gather", ["table", "x"], { outputs: ["row"] });
    graph.node("MatMul", ["row", "back"], { outputs: ["scores"] });
    graph.node("Relu", ["scores"], { outputs: ["y"] });
    graph.output("y", "float32", [1, rows]);
    const model = graphModel(graph);
    const size = rows * 320 * 4;
    for (const [k, tensor] of model.graph!.initializer.entries()) {
      tensor.dims = k === 0 ? [BigInt(rows), 320n] : [320n, BigInt(rows)];
      moveOut(tensor, { location: "big.bin", offset: String(k * size), length: String(size) });
    }
    const at = place({ "model.onnx": writeModel(model), "big.bin": new Uint8Array() });
    // A sparse file: it takes no room on the disk.
    truncateSync(join(at, "big.bin"), 2 * size);
    const before = process.memoryUsage.rss();
    const file = await openModel(join(at, "model.onnx"));
    expect(file.bytes).toBeGreaterThan(2 ** 31);
    expect(listCuts(file.model)).toMatchObject([
      { tensor: "row", shape: [1, 320], parametersBefore: rows * 320, parametersAfter: rows * 320 },
      { tensor: "scores", shape: [1, rows], parametersBefore: 2 * rows * 320, parametersAfter: 0 },
    ]);
    expect(process.memoryUsage.rss() - before).toBeLessThan(500e6);
  });

  const hostile: [string, Record<string, string>, string][] = [
    [
      "above the folder",
      { location: "../weights.bin" },
      "is kept at '../weights.bin', but weights must be in the model's folder",
    ],
    ["above it by a detour", { location: "a/../../weights.bin" }, "weights must be in the model's folder"],
    ["at an absolute path", { location: "/etc/hostname" }, "weights must be in the model's folder"],
    ["behind a link out", { location: "link.bin" }, "weights must be in the model's folder"],
    ["behind a link to a folder out", { location: "linked/weights.bin" }, "weights must be in the model's folder"],
    ["nowhere", {}, "is kept at ''"],
    ["in a missing file", { location: "gone.bin" }, "is kept in 'gone.bin', which does not exist"],
    ["in a folder", { location: "sub" }, "is kept in 'sub', which is no file"],
    ["beyond the end", { location: "weights.bin", offset: "999999" }, "of 'weights.bin', which has"],
    ["at a negative place", { location: "weights.bin", offset: "-4" }, "gives '-4' as the offset of its bytes"],
    ["at no number", { location: "weights.bin", offset: "1e3" }, "gives '1e3' as the offset"],
    [
      "in too few bytes",
      { location: "weights.bin", length: "8" },
      "takes 8 bytes of 'weights.bin', but its shape asks for 9216",
    ],
  ];
  it.each(hostile)("%s are refused", async (_, entries, message) => {
    const at = place(outside(([first]) => moveOut(first!, entries)));
    const elsewhere = place({ "weights.bin": new Uint8Array(1e5) });
    writeFileSync(join(folder, "weights.bin"), new Uint8Array(1e5));
    symlinkSync(join(elsewhere, "weights.bin"), join(at, "link.bin"));
    symlinkSync(elsewhere, join(at, "linked"));
    mkdirSync(join(at, "sub"));
    const error = await failure(() => readModelFile(join(at, "model.onnx")));
    expect(error.code).toBe("ONNX_INVALID");
    expect(error.message).toMatch(/^Tensor 'w0' of model\.onnx [^\n]+\.$/);
    expect(error.message).toContain(message);
  });
});

describe("broken files", () => {
  const read = async (model: Model | Uint8Array) => {
    const at = place({ "m.onnx": model instanceof Uint8Array ? model : writeModel(model) });
    return failure(() => readModelFile(join(at, "m.onnx")));
  };

  it("of tensors that hold more or less than their shape says are refused", async () => {
    const model = sample();
    const [w0, , flat] = model.graph!.initializer as [TensorProto, TensorProto, TensorProto];
    w0.dims = [48n, 47n];
    expect((await read(model)).message).toBe(
      "Tensor 'w0' of m.onnx, of the shape [48, 47], holds 9216 bytes, not 9024.",
    );
    w0.dims = [48n, -48n];
    expect((await read(model)).message).toContain("has the shape [48, -48], which no tensor has");
    w0.dims = [2n ** 40n, 2n ** 40n];
    expect((await read(model)).message).toContain("which no tensor has");
    w0.dims = [48n, 48n];
    flat.rawData = new Uint8Array();
    flat.int64Data = [1n];
    expect((await read(model)).message).toContain("holds 1 numbers, not 2");
  });

  it("that are cut short, empty, folders or missing are refused", async () => {
    const bytes = writeModel(sample());
    expect((await read(bytes.subarray(0, 5000))).code).toBe("ONNX_INVALID");
    expect((await read(new Uint8Array())).code).toBe("ONNX_INVALID");
    expect((await failure(() => readModelFile(folder))).code).toBe("FILE_INVALID");
    expect((await failure(() => readModelFile(join(folder, "gone.onnx")))).code).toBe("FILE_UNREADABLE");
  });

  it("of more nodes than any model has are refused", async () => {
    const model = sample();
    const node = model.graph!.node[0]!;
    model.graph!.node = Array.from({ length: 100_001 }, () => node);
    expect((await read(model)).message).toBe("m.onnx has 100001 nodes, more than 100000.");
  });

  it("that ONNX Runtime does not take are refused with its reason", async () => {
    const model = sample();
    model.graph!.node[0]!.opType = "Nonsense";
    const at = place({ "m.onnx": writeModel(model) });
    const error = await failure(() => openModel(join(at, "m.onnx")));
    expect(error.code).toBe("ONNX_INVALID");
    expect(error.message).toMatch(/^ONNX Runtime does not take the model: .*Nonsense[^\n]*\.$/);
  });

  it("with any bytes changed are listed and cut, or refused in one sentence", async () => {
    const graph = new GraphBuilder("net");
    graph.input("x", "float32", [1, 2]);
    graph.initializer("w", constant(Float32Array.of(1, 2), [2]));
    graph.node("Mul", ["x", "w"], { outputs: ["a"] });
    graph.node("Relu", ["a"], { outputs: ["b"] });
    graph.node("Add", ["b", "w"], { outputs: ["y"] });
    graph.output("y", "float32", [1, 2]);
    const small = writeModel(await inferShapes(graphModel(graph)));
    const flips = fc.array(fc.tuple(fc.nat(small.length - 1), fc.integer({ min: 1, max: 255 })), {
      minLength: 1,
      maxLength: 6,
    });
    let cut = 0;
    let refused = 0;
    fc.assert(
      fc.property(flips, (changes) => {
        const broken = small.slice();
        for (const [at, mask] of changes) broken[at]! ^= mask;
        try {
          const model = readModel(broken, "m.onnx");
          for (const { tensor } of listCuts(model)) cutModel(model, tensor);
          cut++;
        } catch (error) {
          if (!(error instanceof BioxError)) throw error;
          refused++;
        }
      }),
      { numRuns: 3000, seed: 5 },
    );
    expect(cut).toBeGreaterThan(100);
    expect(refused).toBeGreaterThan(100);
  });
});

describe("writing", () => {
  it("never goes over the model's own files, and leaves nothing behind when it fails", async () => {
    const at = place(outside());
    const path = join(at, "model.onnx");
    const cut = (lower: string, upper: string) =>
      cutFile(path, { at: "b", lower: join(at, lower), upper: join(at, upper) });
    symlinkSync(path, join(at, "alias.onnx"));
    for (const [lower, upper] of [
      ["model.onnx", "u.onnx"],
      ["l.onnx", "alias.onnx"],
      ["l.onnx", "l.onnx"],
      ["l.onnx", "weights.bin"],
      ["l.onnx", "l.onnx.data"],
    ] as const)
      expect((await failure(() => cut(lower, upper))).message).toContain(
        "Expected each file to write to be another one",
      );
    expect((await failure(() => cut("l.onnx", "gone/u.onnx"))).code).toBe("FILE_UNWRITABLE");
    mkdirSync(join(at, "folder"));
    expect((await failure(() => cut("l.onnx", "folder"))).code).toBe("FILE_UNWRITABLE");
    expect(readdirSync(at).sort()).toEqual(["alias.onnx", "folder", "model.onnx", "weights.bin"]);
  });
});
