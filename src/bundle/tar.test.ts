import fc from "fast-check";
import { createTar } from "nanotar";
import { describe, expect, it } from "vitest";
import { expectRefusal } from "../../test/support/failure.js";
import { BioxError } from "../errors.js";
import { openTar } from "./tar.js";

const text = (value: string) => new TextEncoder().encode(value);
const names = ["bundle.json", "a.bin", "empty.bin"];

function archive(prefix = ""): Uint8Array {
  return createTar([
    { name: `${prefix}bundle.json`, data: "{}" },
    { name: `${prefix}a.bin`, data: text("x".repeat(700)) },
    { name: `${prefix}empty.bin`, data: new Uint8Array(0) },
  ]);
}

describe("bundle archive", () => {
  it.each(["", "./", "demo/", "./demo/"])("is read with its files under '%s'", async (prefix) => {
    const read = openTar(archive(prefix), "b.tar");
    expect(await read("bundle.json")).toEqual(text("{}"));
    expect(await read("a.bin")).toEqual(text("x".repeat(700)));
    expect(await read("empty.bin")).toEqual(new Uint8Array(0));
    expect(await read("other")).toBeUndefined();
  });

  it("gives each file a buffer of its own", async () => {
    const file = await openTar(archive(), "b.tar")("a.bin");
    expect(file!.buffer.byteLength).toBe(700);
  });

  it("is read right when it is a view into a larger buffer", async () => {
    const shifted = new Uint8Array(archive().length + 5);
    shifted.set(archive(), 5);
    expect(await openTar(shifted.subarray(5), "b.tar")("bundle.json")).toEqual(text("{}"));
  });

  it("is refused when it is cut inside a file, compressed, or something else", async () => {
    await expectRefusal(
      () => openTar(archive().slice(0, 512 * 3 + 100), "b.tar"),
      "BUNDLE_INVALID",
      "'b.tar'",
      "cut short",
    );
    await expectRefusal(() => openTar(Uint8Array.of(0x1f, 0x8b, 8), "b.tgz"), "BUNDLE_INVALID", "'b.tgz'", "gzip");
    await expectRefusal(() => openTar(new Uint8Array(0), "b.tar"), "BUNDLE_INVALID", "bundle.json");
    await expectRefusal(() => openTar(text("no tar ".repeat(500)), "b.tar"), "BUNDLE_INVALID", "'b.tar'");
  });

  it("leaves out links, whatever they point to", async () => {
    const bytes = archive();
    // Byte 156 of the second header (after one header and one block of data) is the type of entry; 2 is a symbolic link.
    bytes[1024 + 156] = "2".charCodeAt(0);
    expect(await openTar(bytes, "b.tar")("a.bin")).toBeUndefined();
  });

  it("gives files or a BioxError for any damage", async () => {
    const whole = archive("demo/");
    const edits = fc.array(fc.tuple(fc.nat(4 * 512), fc.nat(255)), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(edits, fc.nat(whole.length), async (changes, length) => {
        const bytes = whole.slice(0, length);
        for (const [at, value] of changes) if (at < length) bytes[at] = value;
        try {
          const read = openTar(bytes, "b.tar");
          for (const name of names) await read(name);
        } catch (error) {
          if (!(error instanceof BioxError)) throw error;
          expect(error.code).toBe("BUNDLE_INVALID");
        }
      }),
      { numRuns: 2000 },
    );
  });
});
