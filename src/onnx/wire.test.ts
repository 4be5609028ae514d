import { describe, expect, it } from "vitest";
import { MessageWriter } from "./wire.js";

const hex = (message: MessageWriter) => Buffer.from(message.finish()).toString("hex");

// Expected bytes are the examples of https://protobuf.dev/programming-guides/encoding where it has one.
describe("protobuf wire format", () => {
  it("writes the guide's varint 150 in field 1", () => {
    expect(hex(new MessageWriter().int(1, 150))).toBe("089601");
  });

  it("writes the guide's string in field 2", () => {
    expect(hex(new MessageWriter().string(2, "testing"))).toBe("120774657374696e67");
  });

  it("writes the guide's submessage in field 3", () => {
    expect(hex(new MessageWriter().message(3, new MessageWriter().int(1, 150)))).toBe("1a03089601");
  });

  it("writes negative numbers in ten bytes and 64-bit numbers in full", () => {
    expect(hex(new MessageWriter().int(1, -2))).toBe("08feffffffffffffffff01");
    expect(hex(new MessageWriter().int(1, 2n ** 63n - 1n))).toBe("08ffffffffffffffff7f");
  });

  it("writes floats little-endian and field numbers above 15 in two bytes", () => {
    expect(hex(new MessageWriter().float(2, 1))).toBe("150000803f");
    expect(hex(new MessageWriter().int(20, 7))).toBe("a00107");
  });

  it("counts UTF-8 bytes, not characters", () => {
    expect(hex(new MessageWriter().string(1, "é"))).toBe("0a02c3a9");
  });
});
