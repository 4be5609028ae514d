/** Checkpoints that were made to do harm, or came to harm: each is refused by one sentence, in little time and memory. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { deflateRawSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { expectRefusal } from "../../../test/support/failure.js";
import { storedZip } from "../../../test/support/stored-zip.js";
import { BioxError } from "../../errors.js";
import { importBridge } from "./index.js";
import { unpickle } from "./unpickle.js";

const folder = mkdtempSync(join(tmpdir(), "biox-hostile-"));
afterAll(() => rmSync(folder, { recursive: true }));
const plain = readFileSync(fileURLToPath(new URL("testdata/plain.pth", import.meta.url)));

const PROTO = "\x80\x02";
/** Bytes of a pickle, a character a byte. */
const pickle = (body: string): Buffer => Buffer.from(PROTO + body, "latin1");
const refuse = (body: string, ...words: string[]) =>
  expectRefusal(() => unpickle(pickle(body), "x.pth"), "FILE_INVALID", "'x.pth'", ...words);
const text = (value: string): string => `\x8c${String.fromCharCode(value.length)}${value}`;
const int = (value: number): string => `J${Buffer.from(Int32Array.of(value).buffer).toString("latin1")}`;

/** A call of _rebuild_tensor_v2 on a storage of 4 floats. */
function tensor(offset: number, shape: number[], strides: number[], extra = ""): string {
  const tuple = (values: number[]): string => `(${values.map(int).join("")}t`;
  const storage = `(${text("storage")}ctorch\nFloatStorage\n${text("0")}${text("cpu")}${int(4)}tQ`;
  return `ctorch._utils\n_rebuild_tensor_v2\n(${storage}${int(offset)}${tuple(shape)}${tuple(strides)}\x89}${extra}tR`;
}

/** A file of that pickle, as torch.save would lay it out. */
function file(name: string, body: string, storage = Buffer.alloc(16)): string {
  const path = join(folder, name);
  const entries = [
    { name: "x/data.pkl", data: pickle(body) },
    { name: "x/byteorder", data: Buffer.from("little") },
    { name: "x/data/0", data: storage },
  ];
  writeFileSync(path, storedZip(entries));
  return path;
}

describe("a pickle that would run something", () => {
  it.each([
    ["GLOBAL and REDUCE", "cos\nsystem\n(X\x02\x00\x00\x00idtR.", "holds 'os.system'"],
    ["STACK_GLOBAL", `${text("builtins")}${text("eval")}\x93.`, "holds 'builtins.eval'"],
    ["INST", "(X\x02\x00\x00\x00idios\nsystem\n.", "opcode INST"],
    ["OBJ", "(cos\nsystem\nX\x02\x00\x00\x00ido.", "holds 'os.system'"],
    ["OBJ of a known class", "(ccollections\nOrderedDict\no.", "opcode OBJ"],
    ["NEWOBJ", "ccollections\nOrderedDict\n)\x81.", "opcode NEWOBJ"],
    ["NEWOBJ_EX", "ccollections\nOrderedDict\n)}\x92.", "opcode NEWOBJ_EX"],
    ["BUILD on a plain dict", "}}b.", "opcode BUILD"],
    ["BUILD on a list", "]}b.", "opcode BUILD"],
    ["EXT1", "\x82\x01.", "opcode EXT1"],
    ["PERSID", "Pmodule\n.", "opcode PERSID"],
    ["no opcode at all", "\xff.", "opcode 0xff"],
    ["a module with a null character", "cos\0\nsystem\n.", "a class or function"],
    ["a dotted way to a known name", "cos.collections\nOrderedDict\n.", "holds 'os.collections.OrderedDict'"],
    ["a storage type that is called", "ctorch\nFloatStorage\n(K\x04tR.", "calls 'torch.FloatStorage'"],
    ["a call of what is no function", "])R.", "not a function"],
    ["a persistent id that is no storage", `${text("module")}Q.`, "a tensor's storage"],
    ["an OrderedDict of arguments", "ccollections\nOrderedDict\n(]tR.", "calls 'collections.OrderedDict'"],
  ])("by %s is refused by name", (_, body, words) => refuse(body, words));

  it("is refused when it hides in the metadata, behind a bridge that is well", () =>
    refuse(`}(${text("A")}${tensor(0, [2, 2], [2, 1])}${text("x")}cposix\nsystem\n`, "'posix.system'"));
});

describe("a pickle of wrong form", () => {
  it.each([
    ["that is empty", ".", "one value"],
    ["with a value too many", "NN.", "one value"],
    ["with an open mark", "N(.", "one value"],
    ["that takes from nothing", "t.", "never opened"],
    ["that takes through a mark", "N(\x85.", "where there is none"],
    ["that uses what it has not stored", "h\x07.", "uses value 7"],
    ["with a key but no value", "}(K\x01u.", "no value"],
    ["with a list as key", "}]Ns.", "neither a text nor a number"],
    ["that appends to a tuple", ")Na.", "other than a list"],
    ["with text that is not UTF-8", "\x8c\x01\xff.", "not UTF-8"],
    ["with text longer than the file", "X\xff\xff\xff\xff.", "cut short"],
    ["with text of 2^63 bytes", "\x8d\xff\xff\xff\xff\xff\xff\xff\x7f.", "cut short"],
    ["with a number of 255 bytes", "\x8a\xff.", "more than 8"],
    ["of a protocol to come", "\x80\x06N.", "protocol 6"],
    ["whose name of a class does not end", `c${"o".repeat(5000)}`, "does not end"],
  ])("%s is refused", (_, body, words) => refuse(body, words));

  it.each([
    ["beyond its storage", tensor(0, [2, 3], [3, 1])],
    ["that begins behind its storage", tensor(4, [1], [1])],
    ["with more strides than extents", tensor(0, [2], [1, 1])],
    ["with a negative stride", tensor(3, [2], [-1])],
    ["with extents whose product overflows", tensor(0, [2 ** 31 - 1, 2 ** 31 - 1], [1, 1])],
    ["with a mark that turns its sign", tensor(0, [2], [1], `}(${text("neg")}\x88u`)],
  ])("a tensor %s is refused", (_, body) => refuse(`${body}.`, "calls 'torch._utils._rebuild_tensor_v2'"));

  it("is cut anywhere: refused", () => {
    const whole = pickle(`}(${text("A")}${tensor(0, [2, 2], [2, 1])}u.`);
    expect(() => unpickle(whole, "x.pth")).not.toThrow();
    for (let length = 0; length < whole.length; length++)
      expect(() => unpickle(whole.subarray(0, length), "x.pth"), `${length} bytes`).toThrow(BioxError);
  });
});

describe("a pickle that asks for too much", () => {
  it("by nesting a million lists is refused", () => refuse("(".repeat(1_100_000), "piles up"));
  it("by a million tuples around one another is refused", () => refuse(`)${"\x85".repeat(1_100_000)}.`, "500000"));
  it("by a million dicts is refused", () => refuse("}".repeat(1_100_000), "more than"));

  it("by lists of lists, each ten times in the next, costs no more than its length", () => {
    let body = "]q\x00";
    for (let i = 1; i < 200; i++) body += `](${`h${String.fromCharCode(i - 1)}`.repeat(10)}eq${String.fromCharCode(i)}`;
    // 200 lists, each with one left over below the next: all are put into the last.
    expect(() => unpickle(pickle(`(${body}t.`), "x.pth")).not.toThrow();
  });

  it("by dicts that hold one another many times over is looked through once", async () => {
    let body = `${text("0")}}q\x00`;
    for (let i = 1; i < 30; i++) {
      const before = `h${String.fromCharCode(i - 1)}`;
      body += `${text(`${i}`)}}(${text("a")}${before}${text("b")}${before}uq${String.fromCharCode(i)}`;
    }
    const path = file("shared.pth", `}(${body}u.`);
    await expectRefusal(() => importBridge(path), "FILE_INVALID", "no tensors");
    const itself = file("itself.pth", `}q\x00(${text("a")}h\x00u.`);
    await expectRefusal(() => importBridge(itself), "FILE_INVALID", "no tensors");
  });

  it("by a stride of 0 for a tensor of terabytes is refused", async () => {
    const small = `${text("B")}${tensor(0, [2, 2], [2, 1])}${text("prototypes")}${tensor(0, [2, 2], [2, 1])}`;
    const path = file("huge.pth", `}(${text("A")}${tensor(0, [2, 2 ** 31 - 1], [0, 0])}${small}u.`);
    await expectRefusal(() => importBridge(path), "FILE_INVALID", "'A' of shape [2, 2147483647]");
  });
});

describe("an archive of wrong form", () => {
  const write = (name: string, bytes: Uint8Array): string => {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    return path;
  };

  it("that is cut short is refused", async () => {
    for (const length of [3, 4, 100, plain.length - 30, plain.length - 1])
      await expectRefusal(() => importBridge(write("cut.pth", plain.subarray(0, length))), "FILE_INVALID");
  });

  it("with a bit turned within a tensor is refused", async () => {
    const altered = Buffer.from(plain);
    const at = plain.indexOf("data/1") + 100;
    altered[at] = altered[at]! ^ 1;
    await expectRefusal(() => importBridge(write("bit.pth", altered)), "FILE_INVALID", "CRC-32");
  });

  it("with a storage that is missing, or of another length, is refused", async () => {
    const body = `}(${["A", "B", "prototypes"].map((name) => text(name) + tensor(0, [2, 2], [2, 1])).join("")}u.`;
    expect((await importBridge(file("whole.pth", body))).shape.rank).toBe(2);
    await expectRefusal(
      () => importBridge(file("short.pth", body, Buffer.alloc(12))),
      "FILE_INVALID",
      "12 bytes, but 4 elements",
    );
    const alone = storedZip([{ name: "x/data.pkl", data: pickle(body) }]);
    await expectRefusal(() => importBridge(write("alone.pth", alone)), "FILE_INVALID", "no entry 'x/data/0'");
  });

  it("with a storage that unpacks to more than its tensor is refused before it is unpacked", async () => {
    const body = `}(${["A", "B", "prototypes"].map((name) => text(name) + tensor(0, [2, 2], [2, 1])).join("")}u.`;
    const claimed = 20 * 2 ** 20;
    const zip = storedZip([
      { name: "x/data.pkl", data: pickle(body) },
      { name: "x/data/0", data: deflateRawSync(Buffer.alloc(claimed)) },
    ]);
    const entry = zip.lastIndexOf("PK\x01\x02");
    zip.writeUInt16LE(8, entry + 10);
    zip.writeUInt32LE(claimed, entry + 24);
    // A wrong checksum is found only in what was unpacked.
    zip.writeUInt32LE(0, entry + 16);
    await expectRefusal(() => importBridge(write("storage-bomb.pth", zip)), "FILE_INVALID", "but 4 elements");
  });

  it("with two entries of one name, two pickles, or none is refused", async () => {
    const entry = { name: "x/data.pkl", data: pickle("N.") };
    await expectRefusal(
      () => importBridge(write("same.pth", storedZip([entry, entry]))),
      "FILE_INVALID",
      "two entries",
    );
    const two = storedZip([entry, { ...entry, name: "y/data.pkl" }]);
    await expectRefusal(() => importBridge(write("twice.pth", two)), "FILE_INVALID", "it has 2");
    await expectRefusal(() => importBridge(write("none.pth", storedZip([]))), "FILE_INVALID", "it has 0");
  });

  it("with a way out of the folder as name is refused", async () => {
    const entries = [{ name: "../data.pkl", data: pickle("N.") }];
    await expectRefusal(() => importBridge(write("out.pth", storedZip(entries))), "FILE_INVALID", "zip archive");
  });

  it("with a directory that lies beyond any file is refused", async () => {
    const altered = Buffer.from(plain);
    // Of the zip64 end of the central directory: where the directory begins.
    altered.writeBigUInt64LE(2n ** 55n, plain.lastIndexOf("PK\x06\x06") + 48);
    await expectRefusal(() => importBridge(write("far.pth", altered)), "FILE_INVALID", "zip archive");
  });

  it("that unpacks to gigabytes is refused before it is unpacked", async () => {
    const data = deflateRawSync(Buffer.alloc(20 * 2 ** 20));
    const zip = storedZip([{ name: "x/data.pkl", data }]);
    // Method 8 (deflate) and the unpacked size, in the directory.
    const at = zip.indexOf("PK\x01\x02");
    zip.writeUInt16LE(8, at + 10);
    zip.writeUInt32LE(20 * 2 ** 20, at + 24);
    await expectRefusal(() => importBridge(write("bomb.pth", zip)), "FILE_INVALID", "20971520 bytes, more than");
    // One that lies about it ends where it has given as many bytes as it said.
    zip.writeUInt32LE(1000, at + 24);
    await expectRefusal(() => importBridge(write("liar.pth", zip)), "FILE_INVALID", "zip archive");
  });
});

describe("random bytes", () => {
  const refusedOrRead = (run: () => unknown): void => {
    try {
      run();
    } catch (error) {
      expect(error).toBeInstanceOf(BioxError);
    }
  };

  it("as a pickle never end in anything but a value or a BioxError", () => {
    const opcodes = fc.constantFrom(..."(.]})NJKMXcRQbtuaseqhGrj\x80\x85\x86\x87\x88\x89\x8a\x8c\x93\x94".split(""));
    const piece = fc.oneof(
      { weight: 8, arbitrary: opcodes },
      { weight: 2, arbitrary: fc.integer({ min: 0, max: 255 }).map((byte) => String.fromCharCode(byte)) },
      { weight: 1, arbitrary: fc.constantFrom("ccollections\nOrderedDict\n", text("a"), tensor(0, [2], [1])) },
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) =>
        refusedOrRead(() => unpickle(pickle(pieces.join("")), "x.pth")),
      ),
      { numRuns: 3000 },
    );
  });

  it("in a checkpoint that was well are read or refused", async () => {
    const path = join(folder, "random.pth");
    const change = fc.tuple(fc.nat(plain.length - 1), fc.integer({ min: 0, max: 255 }));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        const bytes = Buffer.from(plain);
        for (const [at, value] of changes) bytes[at] = value;
        writeFileSync(path, bytes);
        await importBridge(path).catch((error) => expect(error).toBeInstanceOf(BioxError));
      }),
      { numRuns: 300 },
    );
  });
});
